/** Bearer tokens as plain values: how one is written, read, digested and judged. No clock, no I/O. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import { isScope, SCOPES, type Scope } from './scopes.ts'

/** A token as it is kept: never the secret, only its digest. */
export interface TokenRecord {
  readonly id: string
  /** SHA-256 of the secret, hex. */
  readonly digest: string
  readonly scopes: readonly Scope[]
  /** Whose token it is: a worker's id, a person, or `*` for a development token that may act as any worker. */
  readonly owner: string
  readonly created_at: Instant
  readonly expires_at?: Instant
  readonly revoked_at?: Instant
}

/** A token as it is presented. */
export interface Presented {
  readonly id: string
  readonly secret: string
}

/** Why a request has no caller. `unavailable`: the tokens could not be read, so nobody can be let in just now. */
export const PROBLEMS = ['missing', 'unknown', 'revoked', 'expired', 'unavailable'] as const
export type Problem = (typeof PROBLEMS)[number]

export type Verdict =
  | { readonly kind: 'known'; readonly id: string; readonly owner: string; readonly scopes: readonly Scope[] }
  | { readonly kind: 'refused'; readonly problem: Problem }

/** Characters that RFC 6750 allows in a bearer token (`b64token`), bounded. */
const TOKEN = /^[A-Za-z0-9._~+/-]{1,512}=*$/
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,512}) *$/i
/** `cxw_<id>_<secret>`: 16 hex digits (62 random bits) to find it by, 32 random bytes to prove it. */
const OWN = /^cxw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
/** Hex digits of the digest that an arbitrary token is found by. */
const ADOPTED_ID_LENGTH = 16
/** What an unknown id is compared with, so that it costs what a known one costs. No secret has this digest. */
const NOBODY = '0'.repeat(64)

/** Owners are worker ids, names or `*`. */
export const OWNER = /^(?:\*|[A-Za-z0-9._-]{1,64})$/

/** The token of an `Authorization` header; undefined when the header is not of the form `Bearer <token>`. */
export function bearerOf(header: string): string | undefined {
  return BEARER.exec(header)?.[1]
}

/** The text that its owner is given, once. */
export function formatToken({ id, secret }: Presented): string {
  return `cxw_${id}_${secret}`
}

/** Where to look a token up and what to prove it with. A token of foreign form is found by its own digest. */
export function readToken(token: string): Presented {
  const [, id, secret] = OWN.exec(token) ?? []
  if (id !== undefined && secret !== undefined) return { id, secret }
  return { id: `dev-${digestOf(token).slice(0, ADOPTED_ID_LENGTH)}`, secret: token }
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * Whether `presented` proves `record`, and whether the record still counts at `now`. Takes the same steps for an unknown
 * id; a revoked or expired token is only called so to someone who holds its secret.
 */
export function judgeToken(record: TokenRecord | undefined, presented: Presented, now: Instant): Verdict {
  const expected = Buffer.from(record?.digest ?? NOBODY, 'hex')
  const actual = Buffer.from(digestOf(presented.secret), 'hex')
  const proven = expected.length === actual.length && timingSafeEqual(expected, actual)
  if (record === undefined || !proven) return { kind: 'refused', problem: 'unknown' }
  if (record.revoked_at !== undefined) return { kind: 'refused', problem: 'revoked' }
  if (record.expires_at !== undefined && record.expires_at <= now) return { kind: 'refused', problem: 'expired' }
  return { kind: 'known', id: record.id, owner: record.owner, scopes: record.scopes }
}

/** The tokens of `COXSWAIN_TOKENS`: `reader=…,worker=…,operator=…`. Throws `invalid` without quoting a token. */
export function parseDevTokens(text: string): ReadonlyMap<Scope, string> {
  const tokens = new Map<Scope, string>()
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const at = part.indexOf('=')
    const scope = part.slice(0, at).trim()
    const token = part.slice(at + 1).trim()
    if (at < 1 || !isScope(scope) || !TOKEN.test(token)) {
      const message = `must be written ${SCOPES.map((one) => `${one}=<token>`).join(',')}`
      throw new AppError('invalid', `COXSWAIN_TOKENS: ${message}`, { errors: [{ path: 'COXSWAIN_TOKENS', message }] })
    }
    tokens.set(scope, token)
  }
  return tokens
}
