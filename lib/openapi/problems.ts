/** The problems of the API's description: one schema, and one response for each status with an example of each code. */
import * as z from 'zod'
import { type Named, shown } from './examples.ts'
import type { JsonSchema } from './schema.ts'

/** Every code with its status. */
export type Codes = Readonly<Record<string, number>>

const fieldError = z
  .object({ path: z.string().meta({ description: 'Dotted; empty for the whole input.' }), message: z.string() })
  .meta({ id: 'FieldError' })

/** What every error looks like (RFC 9457). */
export function problemSchema(codes: Codes): z.ZodType {
  const code = z.enum(Object.keys(codes)).meta({
    id: 'ProblemCode',
    description: 'For programs: a code is never renamed. A later version may add one.',
  })
  return z
    .looseObject({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string().meta({ description: 'What is wrong and how to mend it.' }),
      code,
      errors: z.array(fieldError).meta({ description: 'The fields of the input that are wrong.' }),
      correlation_id: z.string(),
    })
    .meta({ id: 'Problem', description: 'Some codes carry further members, e.g. held_by, allowed_events or service.' })
}

interface Refusal {
  /** The name of the response among the components. */
  readonly name: string
  readonly description: string
}

/** What an operation may refuse with, by status. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: { name: 'Malformed', description: 'The request cannot be read.' },
  401: { name: 'Unauthenticated', description: 'There is no token, or it is unknown, revoked or expired.' },
  403: { name: 'Forbidden', description: 'The token lacks the scope, or belongs to another worker.' },
  404: { name: 'NotFound', description: 'What the request names does not exist.' },
  405: { name: 'MethodNotAllowed', description: 'The path takes other methods; `allow` lists them.' },
  409: { name: 'Conflict', description: 'The current state forbids it; the members say what that state is.' },
  410: { name: 'Gone', description: 'It existed and no longer does.' },
  413: { name: 'TooLarge', description: 'The body has more than 256 KB.' },
  415: { name: 'UnsupportedMediaType', description: 'The body is not declared as application/json.' },
  422: { name: 'Invalid', description: 'The input does not fit its schema; `errors` names each field.' },
  429: {
    name: 'RateLimited',
    description: 'A rate or budget is spent; `retry-after` says when to repeat the request.',
  },
  500: { name: 'Internal', description: 'An error of this service; the correlation id finds it in the logs.' },
  501: { name: 'Unimplemented', description: 'No agents are configured for the request.' },
  503: {
    name: 'Unavailable',
    description: 'The store or a service behind it is away; `retry-after` says when to retry.',
  },
  504: { name: 'DeadlineExceeded', description: 'The request was not completed in time.' },
}

const HEADERS = { 'x-correlation-id': { $ref: '#/components/headers/CorrelationId' } }

export function referenceTo(status: number | 'default'): JsonSchema {
  return { $ref: `#/components/responses/${status === 'default' ? 'Problem' : nameOf(status)}` }
}

function nameOf(status: number): string {
  const name = REFUSALS[status]?.name
  if (name === undefined) throw new Error(`lib/openapi/problems.ts has no response for the status ${status}: add one.`)
  return name
}

/** The responses among the components; a code without an example is an error. */
export function problemResponses(codes: Codes, examples: Named, schema: JsonSchema): JsonSchema {
  const responseOf = (description: string, named: Named) => ({
    description,
    headers: HEADERS,
    content: { 'application/problem+json': { schema, examples: shown(named) } },
  })
  const byStatus = Object.entries(REFUSALS).map(([status, { name, description }]) => {
    const own = Object.keys(codes).filter((code) => codes[code] === Number(status))
    return [name, responseOf(description, Object.fromEntries(own.map((code) => [code, exampleOf(code, examples)])))]
  })
  const { internal } = examples
  return { ...Object.fromEntries(byStatus), Problem: responseOf('Any other problem.', { internal }) }
}

function exampleOf(code: string, examples: Named): unknown {
  const example = examples[code]
  if (example === undefined) throw new Error(`docs/examples/problems.json has no example of ${code}: add one.`)
  return example
}
