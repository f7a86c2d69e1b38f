/** Faults on order for a stand-in: the next calls that match go wrong in the way asked for. */
import { setTimeout as delay } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'
import { AppError } from '#lib/errors'

export interface Fault {
  /** Left out: any. `path` is matched against the path without the query. */
  readonly match?: { readonly method?: string | undefined; readonly path?: RegExp | undefined } | undefined
  /** How many calls; 1 by default, Infinity until healed. */
  readonly times?: number | undefined
  /** Nobody is there: the connection is cut before anything is done. */
  readonly down?: boolean | undefined
  /** Answer with this status instead of doing the work. */
  readonly status?: number | undefined
  /** With `status` (200 when left out): this text as the answer, whatever it is. */
  readonly text?: string | undefined
  /** Never answer. */
  readonly hang?: boolean | undefined
  /** Do the work, but only after so many milliseconds. */
  readonly delayMs?: number | undefined
  /** Do the work, then cut the connection instead of answering. */
  readonly dropReply?: boolean | undefined
  /** Seconds, sent along with `status`. */
  readonly retryAfter?: number | undefined
}

export interface Faults {
  /** Throws `invalid` for a fault that is none, or several at once. */
  add(fault: Fault): void
  /** The fault that applies to this call, used up by one. */
  take(method: string, path: string): Fault | undefined
  clear(): void
}

/** A fault as it comes over HTTP: the path as the source of a regular expression, `until_healed` for endless. */
export const faultOrder = z
  .strictObject({
    match: z
      .strictObject({ method: z.string().optional(), path: z.string().transform(toPattern).optional() })
      .optional(),
    times: z.int().positive().default(1),
    until_healed: z.boolean().default(false),
    down: z.boolean().optional(),
    status: z.int().min(300).max(599).optional(),
    text: z.string().optional(),
    hang: z.boolean().optional(),
    delayMs: z.int().positive().optional(),
    dropReply: z.boolean().optional(),
    retryAfter: z.int().nonnegative().optional(),
  })
  .transform(({ until_healed, times, ...order }): Fault => ({ ...order, times: until_healed ? Infinity : times }))

function toPattern(source: string, context: z.RefinementCtx): RegExp {
  try {
    return new RegExp(source)
  } catch {
    context.addIssue({ code: 'custom', message: 'is no regular expression' })
    return z.NEVER
  }
}

export function createFaults(): Faults {
  const waiting: { fault: Fault; left: number }[] = []
  return {
    add(fault) {
      const { down, status, text, hang, delayMs, dropReply } = fault
      const kinds = [down, status ?? text, hang, delayMs, dropReply].filter(
        (kind) => kind !== undefined && kind !== false,
      )
      if (kinds.length !== 1) {
        throw new AppError('invalid', 'A fault is exactly one of down, status or text, hang, delayMs and dropReply.')
      }
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    take(method, path) {
      const entry = waiting.find(({ fault, left }) => left > 0 && applies(fault, method, path))
      if (entry === undefined) return undefined
      entry.left -= 1
      return entry.fault
    },
    clear() {
      waiting.length = 0
    },
  }
}

function applies({ match }: Fault, method: string, path: string): boolean {
  if (match?.method !== undefined && match.method.toUpperCase() !== method) return false
  return match?.path === undefined || path.search(match.path) >= 0
}

type Env = { Bindings: HttpBindings }

/** Fails the call if a fault was ordered for it. `failing` makes the answer of a status without a text. */
export function sabotage(faults: Faults, failing: (status: number) => Response): MiddlewareHandler<Env> {
  return async (c, next) => {
    const fault = faults.take(c.req.method, c.req.path)
    if (fault?.hang) return RESPONSE_ALREADY_SENT
    if (fault?.down) return cut(c)
    if (fault?.status !== undefined || fault?.text !== undefined) return ordered(fault, failing)
    if (fault?.delayMs !== undefined) await delay(fault.delayMs)
    await next()
    if (!fault?.dropReply) return undefined
    await c.res.arrayBuffer()
    c.res = cut(c)
    return undefined
  }
}

function cut(c: Context<Env>): Response {
  c.env.outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

function ordered({ status = 200, text, retryAfter }: Fault, failing: (status: number) => Response): Response {
  const answer =
    text === undefined ? failing(status) : new Response(text, { status, headers: { 'content-type': 'text/html' } })
  if (retryAfter !== undefined) answer.headers.set('retry-after', String(retryAfter))
  return answer
}
