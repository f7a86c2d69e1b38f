/**
 * The request authorizer of the HTTP API: says who calls, and leaves it to the route what he may do.
 *
 * API Gateway answers by itself when an authorizer refuses: a bare 403, or a bare 401 when the header is missing. The
 * contract promises problem documents with 401 for a bad token and 403 for a wrong scope, so this authorizer lets every
 * request through and tells the handler either a caller (`token_id`, `owner`, `scopes`) or a `problem`. It stays closed:
 * - a problem comes without owner and scopes, so there is nothing that a careless handler could take for a caller;
 * - `api()` is the one way to make a handler, and it refuses whoever is not positively known, also when this context is
 *   missing altogether because a route was deployed without its authorizer;
 * - when tokens cannot be read, nobody is known.
 */
import type { Clock, Instant } from '#lib/clock'
import type { Seal, SealedCaller } from './seal.ts'
import type { Tokens } from './service.ts'
import { bearerOf, digestOf, type Verdict } from './tokens.ts'

/** What the authorizer reads of API Gateway's request (payload format 2.0). */
export interface AuthorizerEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null
}

/** Proof of who said it, where it could have been said by others. */
interface Sealed {
  readonly sealed_at: string
  readonly seal: string
}

/** The simple response of payload format 2.0. Context values are plain strings. */
export interface AuthorizerAnswer {
  readonly isAuthorized: true
  readonly context:
    | ({ readonly token_id: string; readonly owner: string; readonly scopes: string } & Partial<Sealed>)
    | { readonly problem: string }
}

export interface AuthorizerPorts {
  readonly tokens: Pick<Tokens, 'authenticate'>
  readonly clock: Clock
  /** Told when the tokens could not be read. */
  readonly onFailure: (error: unknown) => void
  /** Undefined on AWS, where nothing but API Gateway can say who calls. */
  readonly seal?: Seal | undefined
}

/** How long a known token is believed without asking again: a revocation is felt within this time. */
const BELIEVED_MS = 5_000
/** Known tokens remembered per process; a Lambda serves one request at a time, so few are ever alive. */
const REMEMBERED_MAX = 500

type Known = Extract<Verdict, { kind: 'known' }>

export function createAuthorizer({ tokens, clock, onFailure, seal }: AuthorizerPorts) {
  const remembered = new Map<string, { readonly verdict: Known; readonly until: Instant }>()

  const remember = (key: string, verdict: Known, until: Instant) => {
    // Maps keep insertion order: the first key is the oldest.
    const [oldest] = remembered.keys()
    if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest)
    remembered.set(key, { verdict, until })
  }

  const authenticate = async (token: string): Promise<Verdict> => {
    // Only digests are kept in memory; refusals are not kept at all, so that a new token works at once.
    const key = digestOf(token)
    const earlier = remembered.get(key)
    if (earlier !== undefined && earlier.until > clock.now()) return earlier.verdict
    remembered.delete(key)
    const asked = clock.now()
    const verdict = await tokens.authenticate(token)
    if (verdict.kind === 'known') remember(key, verdict, asked + BELIEVED_MS)
    return verdict
  }

  return async (event: AuthorizerEvent): Promise<AuthorizerAnswer> => {
    const header = authorizationOf(event)
    if (header === undefined || header.trim() === '') return toAnswer({ kind: 'refused', problem: 'missing' })
    const token = bearerOf(header)
    if (token === undefined) return toAnswer({ kind: 'refused', problem: 'unknown' })
    try {
      return toAnswer(await authenticate(token), (caller) => seal?.ofCaller(caller, clock.now()))
    } catch (error) {
      onFailure(error)
      return toAnswer({ kind: 'refused', problem: 'unavailable' })
    }
  }
}

/** Header names come in lower case from API Gateway and as sent from local gateways. */
function authorizationOf({ headers }: AuthorizerEvent): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
}

function toAnswer(verdict: Verdict, sealOf?: (caller: SealedCaller) => Sealed | undefined): AuthorizerAnswer {
  if (verdict.kind === 'refused') return { isAuthorized: true, context: { problem: verdict.problem } }
  const caller = { token_id: verdict.id, owner: verdict.owner, scopes: verdict.scopes.join(' ') }
  return { isAuthorized: true, context: { ...caller, ...sealOf?.(caller) } }
}
