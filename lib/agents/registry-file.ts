/** The file of agents: `agents: {dev: [{endpoint, model}]}` or `agents: [{role, …}]`, JSON or YAML. */
import * as z from 'zod'
import { AGENT_KINDS } from '#lib/councils/model'
import { AppError, type FieldError } from '#lib/errors'

/** The same bounds as RegisterAgent's. */
const MOST_AGENTS = 16
const role = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must begin with a letter, then letters, digits, _ and -')
const words = z.array(z.string().max(100)).max(50)

const agent = z.strictObject({
  agent_id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be letters, digits, dots, _ and -')
    .optional(),
  kind: z.enum(AGENT_KINDS).optional(),
  model: z.string().min(1).max(200).optional(),
  endpoint: z.string().min(1).max(2_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).max(200_000).optional(),
  capabilities: z
    .strictObject({
      supported_tasks: words.default([]),
      model_profile: z.string().max(100).default('default'),
      max_concurrent_tasks: z.int().min(1).max(1_000).default(1),
      languages: words.default([]),
    })
    .optional(),
  metadata: z.record(z.string().max(100), z.string().max(1_000)).optional(),
})
const byRole = z.record(role, z.array(agent).min(1).max(MOST_AGENTS))
const listed = z.array(agent.extend({ role })).max(1_000)

/** An agent of the file: where it stands there, and its number among those of its role. */
export type FileAgent = z.infer<typeof agent> & {
  readonly role: string
  readonly number: number
  readonly path: string
}

/** Every agent that can be read, and every problem of those that cannot. Roles are upper-cased, as the default ones are. */
export function readAgents(file: unknown): { readonly agents: readonly FileAgent[]; readonly errors: FieldError[] } {
  const whole = z.object({ agents: z.unknown() }).safeParse(file)
  const content = whole.success ? whole.data.agents : undefined
  if (Array.isArray(content)) {
    const read = listed.safeParse(content)
    return read.success ? { agents: numbered(read.data), errors: [] } : { agents: [], errors: errorsOf(read.error) }
  }
  const read = byRole.safeParse(content)
  if (!read.success) return { agents: [], errors: errorsOf(read.error) }
  const agents = Object.entries(read.data).flatMap(([name, list]) =>
    list.map((one, index) => ({
      ...one,
      role: name.toUpperCase(),
      number: index + 1,
      path: `agents.${name}.${index}`,
    })),
  )
  return { agents, errors: [] }
}

/** The content of a file as a value. YAML is parsed by its library only when it is no JSON. Throws `invalid`. */
export async function parseAgentsFile(name: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch {
    const { parse } = await import('yaml')
    try {
      // JSON's types only: no tags that make dates, maps or anything that runs.
      return parse(text, { schema: 'core', maxAliasCount: 50 })
    } catch (error) {
      throw new AppError('invalid', `AGENTS_FILE ${name} is neither JSON nor YAML.`, { cause: error })
    }
  }
}

function numbered(list: readonly (z.infer<typeof agent> & { role: string })[]): FileAgent[] {
  const counts = new Map<string, number>()
  return list.map((one, index) => {
    const name = one.role.toUpperCase()
    const number = (counts.get(name) ?? 0) + 1
    counts.set(name, number)
    return { ...one, role: name, number, path: `agents.${index}` }
  })
}

function errorsOf(error: z.ZodError): FieldError[] {
  return error.issues.map(({ path, message }) => ({ path: ['agents', ...path].join('.'), message }))
}
