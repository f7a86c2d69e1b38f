/** `coxswain token …`: makes, lists and revokes bearer tokens. */
import { isScope, SCOPES, type Scope } from '#lib/auth/scopes'
import { createTokens, type Tokens } from '#lib/auth/service'
import { OWNER, type TokenRecord } from '#lib/auth/tokens'
import { hours, type Instant, minutes, systemClock, toTimestamp } from '#lib/clock'
import { systemIds } from '#lib/ids'
import type { Table } from '#lib/store/table'
import { createTokenStore } from '#lib/store/tokens'
import { UsageError } from '../line/usage.ts'
import { aligned } from '../show/table.ts'
import { onStore } from './store.ts'

const UNITS: Readonly<Record<string, number>> = { m: minutes(1), h: hours(1), d: hours(24) }
/** Ten years; a token that shall never expire is made without --expires. */
const EXPIRES_MAX_MS = hours(24) * 3_650

export const createToken = onStore(async (given, { clock }, table) => {
  const expires = given.text('expires')
  const grant = {
    scopes: scopesOf(given.texts('scope')),
    owner: ownerOf(given.text('owner')),
    ...(expires !== undefined && { expires_at: clock.now() + durationOf(expires) }),
  }
  const { record, token } = await tokensOf(table).create(grant)
  const about = `Token ${record.id}, ${describe(record, clock.now())}.`
  return { lines: [token, '', about, 'It is shown this once. Keep it safe.'] }
})

export const listTokens = onStore(async (_given, { clock }, table) => {
  const records = await tokensOf(table).list()
  if (records.length === 0) return { lines: ['There are no tokens.'] }
  const rows = records.map((record) => [
    record.id,
    record.scopes.join(','),
    record.owner,
    toTimestamp(record.created_at),
    stateOf(record, clock.now()),
  ])
  return { lines: aligned([['ID', 'SCOPES', 'OWNER', 'CREATED', 'STATE'], ...rows]) }
})

export const revokeToken = onStore(async ({ args: [id = ''] }, _context, table) => {
  await tokensOf(table).revoke(id)
  return { lines: [`Token ${id} is revoked. It stops working within five seconds.`] }
})

function tokensOf(table: Table): Tokens {
  return createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds })
}

function scopesOf(given: readonly string[]): readonly Scope[] {
  const names = given.flatMap((one) => one.split(','))
  const scopes = names.filter(isScope)
  if (scopes.length === 0 || scopes.length < names.length) throw new UsageError(`--scope takes ${SCOPES.join(', ')}.`)
  return [...new Set(scopes)]
}

function ownerOf(given: string | undefined): string {
  if (given === undefined) throw new UsageError('--owner is missing: whose token is it?')
  if (!OWNER.test(given)) throw new UsageError('--owner takes 1–64 of A–Z a–z 0–9 . _ -, or * for any worker.')
  return given
}

/** Milliseconds of `30d`, `12h` or `15m`. */
function durationOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit] ?? 0)
  if (ms <= 0 || ms > EXPIRES_MAX_MS) throw new UsageError('--expires takes a time such as 15m, 12h or 30d.')
  return ms
}

function describe(record: TokenRecord, now: Instant): string {
  return `${record.scopes.join(', ')} for ${record.owner}, ${stateOf(record, now)}`
}

function stateOf({ revoked_at, expires_at }: TokenRecord, now: Instant): string {
  if (revoked_at !== undefined) return `revoked ${toTimestamp(revoked_at)}`
  if (expires_at === undefined) return 'valid'
  return `${expires_at <= now ? 'expired' : 'valid until'} ${toTimestamp(expires_at)}`
}
