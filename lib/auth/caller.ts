/** Who calls, as a handler sees him: read from what the authorizer said, never from what the request says. */
import { AppError } from '#lib/errors'
import { isScope, mayCall, type Scope } from './scopes.ts'
import { PROBLEMS, type Problem } from './tokens.ts'

export interface Caller {
  /** A worker's id, a person, or `*` for a development token. */
  readonly owner: string
  readonly scopes: readonly Scope[]
  readonly tokenId: string
  /** Throws `forbidden` unless this is a worker's token and the worker's own: nobody acts in another's name. */
  mustBe(workerId: string): void
}

/** What an authorizer told about a request. */
export type Told = Readonly<Record<string, unknown>> | null | undefined

/** The caller of a route that is open to everyone. */
export const anonymous: Caller = caller('anonymous', [], '')

/** The known caller, or an error: `unauthenticated` when there is none, `forbidden` when no scope of his is `allowed`. */
export function admit(told: Told, allowed: readonly Scope[]): Caller {
  const owner = told?.['owner']
  const tokenId = told?.['token_id']
  if (typeof owner !== 'string' || owner === '' || typeof tokenId !== 'string' || told?.['problem'] !== undefined) {
    throw refusal(problemOf(told))
  }
  const scopes = String(told?.['scopes'] ?? '')
    .split(' ')
    .filter(isScope)
  if (!mayCall(allowed, scopes)) {
    const needed = allowed.join(' or ')
    throw new AppError(
      'forbidden',
      `This needs a token with the scope ${needed}; yours has ${scopes.join(', ') || 'none'}.`,
      {
        details: { needed: [...allowed] },
      },
    )
  }
  return caller(owner, scopes, tokenId)
}

function caller(owner: string, scopes: readonly Scope[], tokenId: string): Caller {
  return {
    owner,
    scopes,
    tokenId,
    mustBe(workerId) {
      if (scopes.includes('worker') && (owner === '*' || owner === workerId)) return
      throw new AppError('forbidden', 'This token is not that worker’s. A worker acts in its own name only.', {
        details: { token_owner: owner },
      })
    },
  }
}

function problemOf(told: Told): Problem {
  return PROBLEMS.find((problem) => problem === told?.['problem']) ?? 'missing'
}

const REFUSALS: Readonly<Record<Problem, string>> = {
  missing: 'This needs a token: send the header "Authorization: Bearer <token>".',
  unknown: 'This token is not known here. Check it for a slip, or ask an operator for one (coxswain token create).',
  revoked: 'This token was revoked. Ask an operator for a new one.',
  expired: 'This token has expired. Ask an operator for a new one.',
  unavailable: 'The tokens cannot be checked just now. Nothing was done; repeat the request.',
}

function refusal(problem: Problem): AppError {
  if (problem === 'unavailable') return new AppError('unavailable', REFUSALS.unavailable, { retryAfter: 2 })
  return new AppError('unauthenticated', REFUSALS[problem], { details: { problem } })
}
