/** Requests in the words of each vendor, read as what they have in common. Unknown fields are let pass, as vendors do. */
import * as z from 'zod'

export type Dialect = 'chat' | 'responses' | 'messages'

/** One question, whoever's protocol it came by. */
export interface Ask {
  readonly dialect: Dialect
  readonly model: string
  readonly system: string
  readonly user: string
  /** JSON Schema of the answer; null for plain text. */
  readonly schema: Schema | null
  /** The tool that carries the answer; null when it comes as text. */
  readonly tool: string | null
  readonly max_tokens: number | null
}

export type Schema = Readonly<Record<string, unknown>>

const schema = z.record(z.string(), z.unknown())
const part = z.object({ type: z.string(), text: z.string().optional() })
const content = z
  .union([z.string(), z.array(part).transform((parts) => parts.map(({ text = '' }) => text).join('\n'))])
  .nullish()
  .transform((it) => it ?? '')
const messages = z.array(z.object({ role: z.string(), content })).min(1)
const model = z.string().min(1)
const tokens = z.int().positive().nullish()

const chat = z.object({
  model,
  messages,
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  response_format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({ type: z.literal('json_object') }),
      z.object({ type: z.literal('json_schema'), json_schema: z.object({ name: z.string(), schema }) }),
    ])
    .nullish(),
})
const responses = z.object({
  model,
  input: z.union([z.string(), messages]),
  instructions: z.string().nullish(),
  max_output_tokens: tokens,
  text: z.object({ format: z.object({ type: z.string(), schema: schema.optional() }).nullish() }).nullish(),
})
const anthropic = z.object({
  model,
  messages,
  max_tokens: z.int().positive(),
  temperature: z.number().min(0).max(1).nullish(),
  system: content,
  tools: z.array(z.object({ name: z.string(), input_schema: schema })).nullish(),
  output_config: z.object({ format: z.object({ type: z.string(), schema }).nullish() }).nullish(),
})

/** The question of a body, or what is wrong with it. */
export function readAsk(dialect: Dialect, body: unknown): Ask | string {
  const read = READERS[dialect](body)
  if (!(read instanceof z.ZodError)) return { dialect, ...read }
  const [issue] = read.issues
  return `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not understood'}`
}

type Read = Omit<Ask, 'dialect'> | z.ZodError

const READERS: Readonly<Record<Dialect, (body: unknown) => Read>> = {
  chat(body) {
    const { data, error } = chat.safeParse(body)
    if (error !== undefined) return error
    const format = data.response_format
    return {
      model: data.model,
      ...voices(data.messages),
      schema: format?.type === 'json_schema' ? format.json_schema.schema : null,
      tool: null,
      max_tokens: data.max_completion_tokens ?? data.max_tokens ?? null,
    }
  },
  responses(body) {
    const { data, error } = responses.safeParse(body)
    if (error !== undefined) return error
    const spoken = typeof data.input === 'string' ? { system: '', user: data.input } : voices(data.input)
    return {
      model: data.model,
      system: [data.instructions ?? '', spoken.system].filter((it) => it !== '').join('\n'),
      user: spoken.user,
      schema: data.text?.format?.schema ?? null,
      tool: null,
      max_tokens: data.max_output_tokens ?? null,
    }
  },
  messages(body) {
    const { data, error } = anthropic.safeParse(body)
    if (error !== undefined) return error
    const [tool] = data.tools ?? []
    return {
      model: data.model,
      system: data.system,
      user: voices(data.messages).user,
      schema: tool?.input_schema ?? data.output_config?.format?.schema ?? null,
      tool: tool?.name ?? null,
      max_tokens: data.max_tokens,
    }
  },
}

function voices(list: readonly { readonly role: string; readonly content: string }[]) {
  const said = (ours: boolean) =>
    list.filter(({ role }) => ['system', 'developer'].includes(role) === ours).map(({ content }) => content)
  return { system: said(true).join('\n'), user: said(false).join('\n') }
}
