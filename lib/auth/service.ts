/** Tokens in use: made, adopted, listed, revoked, and checked at every request. */
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import type { Scope } from './scopes.ts'
import { digestOf, formatToken, judgeToken, OWNER, readToken, type TokenRecord, type Verdict } from './tokens.ts'

/** Where tokens are kept. Implemented by lib/store. */
export interface TokenStore {
  find(id: string): Promise<TokenRecord | undefined>
  save(record: TokenRecord): Promise<void>
  /** Marks a token as revoked from `at` on; false when there is none. The first revocation stands. */
  revoke(id: string, at: Instant): Promise<boolean>
  /** All tokens, by id. */
  list(): Promise<readonly TokenRecord[]>
}

export interface Grant {
  readonly scopes: readonly Scope[]
  readonly owner: string
  readonly expires_at?: Instant
}

export interface Tokens {
  /** Makes a token. The text is returned this once and can never be read again. */
  create(grant: Grant): Promise<{ readonly record: TokenRecord; readonly token: string }>
  /** Takes up a token of the user's own choosing, for development; taking it up again renews it. */
  adopt(token: string, grant: Grant): Promise<TokenRecord>
  list(): Promise<readonly TokenRecord[]>
  /** Throws `not_found` for an id that no token has. Revoking twice is fine. */
  revoke(id: string): Promise<void>
  /** Who holds this token. Throws only when the store is out of reach. */
  authenticate(token: string): Promise<Verdict>
}

/** Hex digits of an id: the last ones of a UUID, 62 of whose bits are random. */
const ID_LENGTH = 16
/** Random bytes of a secret. */
const SECRET_BYTES = 32

export function createTokens(ports: { readonly store: TokenStore; readonly clock: Clock; readonly ids: Ids }): Tokens {
  const { store, clock, ids } = ports
  const save = async (id: string, secret: string, grant: Grant): Promise<TokenRecord> => {
    const record = { id, digest: digestOf(secret), ...checked(grant, clock.now()), created_at: clock.now() }
    await store.save(record)
    return record
  }

  return {
    async create(grant) {
      const id = ids.uuid().replaceAll('-', '').slice(-ID_LENGTH)
      const secret = ids.secret(SECRET_BYTES)
      return { record: await save(id, secret, grant), token: formatToken({ id, secret }) }
    },

    adopt(token, grant) {
      const { id, secret } = readToken(token)
      return save(id, secret, grant)
    },

    list: () => store.list(),

    async revoke(id) {
      if (!(await store.revoke(id, clock.now()))) {
        throw new AppError('not_found', `There is no token ${id}. "coxswain token list" shows those there are.`)
      }
    },

    async authenticate(token) {
      const presented = readToken(token)
      return judgeToken(await store.find(presented.id), presented, clock.now())
    },
  }
}

function checked(grant: Grant, now: Instant): Grant {
  const errors = [
    ...(grant.scopes.length === 0 ? [{ path: 'scopes', message: 'must name at least one scope' }] : []),
    ...(OWNER.test(grant.owner) ? [] : [{ path: 'owner', message: 'must be 1–64 of A–Z a–z 0–9 . _ -, or *' }]),
    ...((grant.expires_at ?? Infinity) > now ? [] : [{ path: 'expires_at', message: 'must lie in the future' }]),
  ]
  if (errors.length > 0) {
    const list = errors.map(({ path, message }) => `${path} ${message}`).join('; ')
    throw new AppError('invalid', `This token cannot be made: ${list}.`, { errors })
  }
  return grant
}
