/** What a route says of itself in the API's description: the schemas that check its requests, and what it answers. */
import type * as z from 'zod'
import type { RouteScope } from '#lib/http/callers'

/** One kind of success. Without a schema it has no body that JSON could describe. */
interface Success {
  readonly description: string
  readonly schema?: z.ZodType
  /** Other media types it can have besides `application/json`; without a schema, the only ones. */
  readonly types?: readonly string[]
}

export interface RouteDoc {
  /** The function's name in serverless.yml; the operation's id. */
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** As in serverless.yml, e.g. `/workers/{id}`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly scope: RouteScope
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  /** Headers with a meaning of their own here, by their names in lower case. */
  readonly headers?: z.ZodType
  readonly body?: z.ZodType
  /** What is sent to a handler that reads the body itself, e.g. to check a signature over it. */
  readonly rawBody?: z.ZodType
  /** True when the route takes an `Idempotency-Key`. */
  readonly idempotent?: boolean
  readonly answers: Readonly<Record<number, Success>>
  /** Problems besides those that follow from scope, schemas and body. */
  readonly problems?: readonly number[]
}
