/** Lets a request through to its handler only with a caller that the route allows. */
import { admit, anonymous } from '#lib/auth/caller'
import type { Scope } from '#lib/auth/scopes'
import type { Seal } from '#lib/auth/seal'
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Middleware } from './exchange.ts'

/** `open`: everybody, known or not. Otherwise the scopes, any one of which is enough. */
export type RouteScope = 'open' | Scope | readonly Scope[]

/**
 * serverless-offline replaces what the authorizer told by what this header says, so a request could name its own caller.
 * It means nothing on AWS and is refused everywhere.
 */
const FORGERY_HEADER = 'sls-offline-authorizer-override'

const FORGED =
  'Nothing proves who calls: this request did not come through its route. Call the address of the API with a token.'

export interface CallersPorts {
  readonly clock: Clock
  /** Undefined on AWS: there the authorizer alone can say who calls. */
  readonly seal?: Seal | undefined
}

export function callers(scope: RouteScope, { clock, seal }: CallersPorts): Middleware {
  const allowed = typeof scope === 'string' ? [scope] : scope
  return {
    before: ({ event }) => {
      if (event.headers?.[FORGERY_HEADER] !== undefined) {
        throw new AppError('unauthenticated', `The header ${FORGERY_HEADER} is not accepted.`)
      }
      const told = event.requestContext.authorizer?.lambda
      // What names a problem is refused anyway, and says why.
      if (scope !== 'open' && seal !== undefined && told && told['problem'] === undefined) {
        if (!seal.provesCaller(told, clock.now())) throw new AppError('unauthenticated', FORGED)
      }
      const scopes = allowed.filter((one) => one !== 'open')
      event.exchange.caller = scope === 'open' ? anonymous : admit(told, scopes)
    },
  }
}
