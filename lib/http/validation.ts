/** Checks path, query and body against a route's schemas and tells every problem at once. */
import type * as z from 'zod'
import { AppError, type FieldError } from '#lib/errors'
import { jsonBody, rawBody } from './body.ts'
import type { Middleware } from './exchange.ts'

/** What a route expects; a part without a schema is not read. */
export interface Schemas {
  readonly params?: z.ZodType | undefined
  readonly query?: z.ZodType | undefined
  readonly body?: z.ZodType | undefined
  /** The most a body may carry, bytes; 256 KB if not told. */
  readonly maxBodyBytes?: number | undefined
}

/** More problems than this help nobody. */
const PROBLEMS_MAX = 50
/** Unknown names are a stranger's text: quoted up to this many characters. */
const NAME_MAX = 64

export function validation(schemas: Schemas): Middleware {
  return {
    before: ({ event }) => {
      // A body that nobody reads is still bounded.
      const body = schemas.body === undefined ? void rawBody(event, schemas.maxBodyBytes) : jsonBody(event)
      const errors: FieldError[] = []
      const read = (schema: z.ZodType | undefined, value: unknown): unknown => {
        if (schema === undefined) return {}
        const result = schema.safeParse(value)
        if (!result.success) errors.push(...result.error.issues.flatMap(toFieldErrors).slice(0, PROBLEMS_MAX))
        return result.data
      }
      const input = {
        params: read(schemas.params, event.pathParameters ?? {}),
        query: read(schemas.query, event.queryStringParameters ?? {}),
        body: read(schemas.body, body),
      }
      if (errors.length > 0) throw invalid(errors)
      event.exchange.input = input
    },
  }
}

/** A zod issue as field errors; each unknown member is one of its own. */
function toFieldErrors(issue: z.core.$ZodIssue): readonly FieldError[] {
  const at = (path: readonly PropertyKey[]) => path.map((part) => String(part).slice(0, NAME_MAX)).join('.')
  if (issue.code !== 'unrecognized_keys') return [{ path: at(issue.path), message: issue.message }]
  return issue.keys.map((key) => ({ path: at([...issue.path, key]), message: 'is not known here' }))
}

function invalid(errors: readonly FieldError[]): AppError {
  const places = [...new Set(errors.map(({ path }) => path || 'the input'))].slice(0, 5).join(', ')
  return new AppError('invalid', `Not valid: ${places}. See errors for each.`, {
    errors: errors.slice(0, PROBLEMS_MAX),
  })
}
