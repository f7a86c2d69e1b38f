/**
 * The way to make an HTTP handler: identity, limits, validation, errors and logging are settled before the handler runs.
 *
 * From the outside in: correlation id, log line, security headers, errors, method, caller, input, handler. middy runs what comes
 * after the handler in the opposite order, so an error becomes an answer first and is logged and dressed then.
 */
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import type * as z from 'zod'
import { anonymous, type Caller } from '#lib/auth/caller'
import type { Seal } from '#lib/auth/seal'
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import { toHttp } from './answer.ts'
import { callers, type RouteScope } from './callers.ts'
import { correlation } from './correlation.ts'
import type { HttpAnswer, HttpEvent, TravellingEvent } from './exchange.ts'
import type { Idempotency } from './idempotency.ts'
import type { Log } from './log.ts'
import { problems } from './problem.ts'
import { requestLog } from './request-log.ts'
import { ownMethod } from './routes.ts'
import { security } from './security.ts'
import { validation } from './validation.ts'

type Schema = z.ZodType | undefined
type Input<S extends Schema> = S extends z.ZodType ? z.output<S> : Readonly<Record<string, never>>

export interface Route<P extends Schema, Q extends Schema, B extends Schema> {
  /**
   * Who may call: `open` to everybody, or a scope, or several of which one is enough. An operator may call what a reader
   * may; a worker may not unless it is named.
   */
  readonly scope: RouteScope
  /** Schemas of the path's parameters, the query and the JSON body. A part without one arrives as `{}`. */
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** True: an `Idempotency-Key` header makes repeats of a request harmless. Not for open routes. */
  readonly idempotent?: boolean
  /** The most a body without a schema may carry, bytes; 256 KB if not told. */
  readonly maxBodyBytes?: number
}

export interface Asked<P extends Schema, Q extends Schema, B extends Schema> {
  readonly params: Input<P>
  readonly query: Input<Q>
  readonly body: Input<B>
  readonly caller: Caller
  readonly correlationId: string
  /** The request as it came, e.g. for its raw body. */
  readonly event: HttpEvent
}

export interface ApiPorts {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Proves who said who calls, where others could have said it. */
  readonly seal?: Seal | undefined
  /** Asked for when the first request carries an `Idempotency-Key`. */
  readonly idempotency: () => Idempotency
}

/** What Lambda calls. The context is absent in no real invocation; tests may leave it out. */
export type HttpHandler = (event: HttpEvent, context?: Context) => Promise<HttpAnswer>

export type Api = <P extends Schema = undefined, Q extends Schema = undefined, B extends Schema = undefined>(
  route: Route<P, Q, B>,
  handle: (asked: Asked<P, Q, B>) => unknown,
) => HttpHandler & { readonly route: Route<P, Q, B> }

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/
/** What is left when the host does not say: API Gateway waits no longer. */
const DEFAULT_REMAINING_MS = 30_000
/** Answered this long before the function would be killed, so that the caller hears from us and the log has its line. */
const EARLY_MS = 250

export function createApi(ports: ApiPorts): Api {
  return (route, handle) => {
    if (route.idempotent && route.scope === 'open') throw new Error('An open route has no caller to keep answers for.')

    const run = async (event: TravellingEvent, context: Context): Promise<HttpAnswer> => {
      const { caller = anonymous, correlationId, input } = event.exchange
      const work = async () => {
        // The schemas have proven these types in the middleware before.
        const asked = { ...(input as Pick<Parameters<typeof handle>[0], 'params' | 'query' | 'body'>) }
        return toHttp(await handle({ ...asked, caller, correlationId, event }))
      }
      const key = route.idempotent ? idempotencyKey(event) : undefined
      if (key === undefined) return work()
      const remainingMs = context.getRemainingTimeInMillis?.() ?? DEFAULT_REMAINING_MS
      const request = { key, route: event.routeKey, owner: caller.owner, input, remainingMs }
      return ports.idempotency().once(request, work)
    }

    const handler = middy(run, { timeoutEarlyInMillis: EARLY_MS, timeoutEarlyResponse: tooSlow })
      .use(correlation(ports))
      .use(requestLog(ports))
      .use(security())
      .use(problems())
      .use(ownMethod())
      .use(callers(route.scope, ports))
      .use(validation(route))
    const answering: HttpHandler = (event, context) => handler(event as TravellingEvent, context ?? ({} as Context))
    // Told, so that the API's description can be held against it.
    return Object.assign(answering, { route })
  }
}

function idempotencyKey(event: HttpEvent): string | undefined {
  const key = event.headers?.['idempotency-key']
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key
  const message = 'must be 1–255 printable ASCII characters'
  throw new AppError('invalid', `Idempotency-Key ${message}.`, { errors: [{ path: 'Idempotency-Key', message }] })
}

function tooSlow(): never {
  throw new AppError('unavailable', 'This took too long. It may or may not have been done; repeat the request.', {
    retryAfter: 2,
  })
}
