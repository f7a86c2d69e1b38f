/** What happens to every call before and after its route: identity, faults, limits, validators, counting. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes, routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ASSOCIATIONS } from '../state/model.ts'
import type { Env, World } from '../world.ts'
import { primaryLimit, refuse, SECONDARY_PAGE, secondaryLimit, webPage } from './answers.ts'
import { judgeCredential, readCredential } from './auth.ts'
import { etagOf, matchesEtag } from './etag.ts'
import type { FaultPlan } from './faults.ts'
import type { Primary } from './limits.ts'

type Gate = MiddlewareHandler<Env>

/** Who the stand-in takes every caller for, unless the call says otherwise in `x-stand-in-user` and `x-stand-in-association`. */
const DEFAULT_USER = 'coxswain-bot'

/** Queries travel by POST, yet write nothing. */
const isQuery = (path: string): boolean => path === '/graphql'
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** Gives the call a name and a caller, and counts it once it is answered. */
export function identify(world: World, requestId: () => string): Gate {
  return async (c, next) => {
    const credential = readCredential(c.req.header('authorization'))
    const installation = credential.kind === 'token' ? world.apps.holderOf(credential.token) : undefined
    const whose = installation && `installation-${installation.id}`
    c.set('caller', whose ?? (credential.kind === 'token' ? credential.token : 'anonymous'))
    const tie = c.req.header('x-stand-in-association')
    const association = ASSOCIATIONS.find((known) => known === tie) ?? 'MEMBER'
    c.set('user', { login: c.req.header('x-stand-in-user') ?? DEFAULT_USER, association })
    await next()
    world.tally.count(`${c.req.method} ${answeredBy(c).replace('{[0-9]+}', '')}`, c.res.status)
    c.header('x-github-request-id', requestId())
  }
}

/** The pattern of the route that took the call; a pattern of a whole subtree is middleware. */
function answeredBy(c: Context<Env>): string {
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? routePath(c, -1)
}

/** Fails the call if a fault was ordered for it. */
export function sabotage(world: World): Gate {
  return async (c, next) => {
    const plan = world.faults.take(c.req.method, c.req.path)
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

function ordered(status: number, { retryAfter, message, headers = {}, page = false }: FaultPlan) {
  const all = { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) }
  if (page) return webPage(status as ContentfulStatusCode, message ?? SECONDARY_PAGE, all)
  if (status === 403 && retryAfter !== undefined) return secondaryLimit(retryAfter)
  const messages: Record<number, string> = {
    401: 'Bad credentials',
    404: 'Not Found',
    429: 'Too Many Requests',
    503: 'Service unavailable',
  }
  return refuse(status as ContentfulStatusCode, message ?? messages[status] ?? 'Server Error', { headers: all })
}

/** 401 for a wrong token, and for none where one is needed. */
export function authenticate(world: World): Gate {
  return async (c, next) => {
    const credential = readCredential(c.req.header('authorization'))
    const isInstalled = credential.kind === 'token' && world.apps.holderOf(credential.token) !== undefined
    const verdict = isInstalled ? 'known' : judgeCredential(credential, world.token)
    if (verdict === 'bad') throw refuse(401, 'Bad credentials')
    const isOpen = isRead(c.req.method) && c.req.path !== '/user'
    if (verdict === 'anonymous' && !isOpen) throw refuse(401, 'Requires authentication')
    await next()
  }
}

/** Charges the call to its caller and tells him how he stands. A 304 is free, and so is asking for the limits. */
export function limit(world: World): Gate {
  const { limits } = world
  return async (c, next) => {
    const { caller } = c.var
    const isFree = c.req.path === '/rate_limit'
    const exhausted = !isFree && limits.primary(caller).remaining === 0
    if (!isFree && !exhausted) limits.spend(caller)
    const wait = exhausted || isRead(c.req.method) || isQuery(c.req.path) ? 0 : limits.write(caller)
    if (exhausted) c.res = primaryLimit(c.var.user.login).getResponse()
    else if (wait > 0) c.res = secondaryLimit(wait).getResponse()
    else await next()
    if (c.res.status === 304 && !isFree) limits.refund(caller)
    for (const [name, value] of limitHeaders(limits.primary(caller))) c.header(name, value)
  }
}

function limitHeaders({ limit: most, remaining, used, reset }: Primary): readonly [string, string][] {
  return [
    ['x-ratelimit-limit', String(most)],
    ['x-ratelimit-remaining', String(remaining)],
    ['x-ratelimit-used', String(used)],
    ['x-ratelimit-reset', String(reset)],
    ['x-ratelimit-resource', 'core'],
  ]
}

/** Gives successful reads an ETag, and answers 304 to who has the body already. */
export function validate(): Gate {
  return async (c, next) => {
    await next()
    if (!isRead(c.req.method) || c.res.status !== 200) return
    const body = await c.res.clone().text()
    const etag = etagOf(body, c.req.header('accept-encoding') ?? '')
    c.header('etag', etag)
    c.header('content-type', 'application/json; charset=utf-8')
    c.header('cache-control', 'private, max-age=60, s-maxage=60')
    c.header('vary', 'Accept, Authorization, Cookie, Accept-Encoding')
    if (!matchesEtag(c.req.header('if-none-match'), etag)) return
    const headers = new Headers(c.res.headers)
    headers.delete('content-type')
    c.res = undefined
    c.res = new Response(null, { status: 304, headers })
  }
}
