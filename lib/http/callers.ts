/** Lets a request through to its handler only with a caller that the route allows. */
import { admit, anonymous } from '#lib/auth/caller'
import type { Scope } from '#lib/auth/scopes'
import { AppError } from '#lib/errors'
import type { Middleware } from './exchange.ts'

/** `open`: everybody, known or not. Otherwise the scopes, any one of which is enough. */
export type RouteScope = 'open' | Scope | readonly Scope[]

/**
 * serverless-offline replaces what the authorizer told by what this header says, so a request could name its own caller.
 * It means nothing on AWS and is refused everywhere.
 */
const FORGERY_HEADER = 'sls-offline-authorizer-override'

export function callers(scope: RouteScope): Middleware {
  const allowed = typeof scope === 'string' ? [scope] : scope
  return {
    before: ({ event }) => {
      if (event.headers?.[FORGERY_HEADER] !== undefined) {
        throw new AppError('unauthenticated', `The header ${FORGERY_HEADER} is not accepted.`)
      }
      const scopes = allowed.filter((one) => one !== 'open')
      event.exchange.caller = scope === 'open' ? anonymous : admit(event.requestContext.authorizer?.lambda, scopes)
    },
  }
}
