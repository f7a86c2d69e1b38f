/** What happens to every call before its route: counting, faults, identity. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { MiddlewareHandler } from 'hono'
import type { FaultPlan } from '#sandbox/github/http/faults'
import type { Env, World } from '../world.ts'
import { type Refused, refused } from './status.ts'

type Gate = MiddlewareHandler<Env>

export function count({ tally }: World): Gate {
  return async (c, next) => {
    await next()
    tally.answered(c.res.status)
  }
}

/** Fails the call if a fault was ordered for it; a fault's path is matched against path and query. */
export function sabotage({ faults }: World): Gate {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    const plan = faults.take(c.req.method, `${pathname}${search}`)
    if (plan?.status !== undefined) throw ordered(plan.status, plan)
    if (plan?.hang) return RESPONSE_ALREADY_SENT
    await next()
    if (!plan?.dropReply) return undefined
    await c.res.arrayBuffer()
    c.env.outgoing.destroy()
    c.res = RESPONSE_ALREADY_SENT
    return undefined
  }
}

function ordered(status: number, { retryAfter }: FaultPlan): Refused {
  return retryAfter === undefined ? refused(status) : refused(status, undefined, { retryAfterSeconds: retryAfter })
}

export function identify({ tokens }: World): Gate {
  return async (c, next) => {
    c.set('user', tokens.userOf(c.req.header('authorization')))
    await next()
  }
}
