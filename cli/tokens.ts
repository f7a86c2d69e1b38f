/** `coxswain token …`: makes, lists and revokes bearer tokens. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { isScope, SCOPES, type Scope } from '#lib/auth/scopes'
import type { Tokens } from '#lib/auth/service'
import { OWNER, type TokenRecord } from '#lib/auth/tokens'
import { type Clock, hours, type Instant, minutes, toTimestamp } from '#lib/clock'
import { aligned } from './table.ts'
import { UsageError } from './usage.ts'

export interface TokenPorts {
  /** Opened after the command line was understood. */
  readonly tokens: () => Tokens
  readonly clock: Clock
}

const UNITS: Readonly<Record<string, number>> = { m: minutes(1), h: hours(1), d: hours(24) }
/** Ten years; a token that shall never expire is made without --expires. */
const EXPIRES_MAX_MS = hours(24) * 3_650

/** Runs one command; the lines it prints. */
export function tokenCommand([verb, ...args]: readonly string[], ports: TokenPorts): Promise<readonly string[]> {
  switch (verb) {
    case 'create':
      return create(args, ports)
    case 'list':
      return list(args, ports)
    case 'revoke':
      return revoke(args, ports)
    default:
      throw new UsageError(verb === undefined ? 'Say what to do with tokens.' : `There is no command "token ${verb}".`)
  }
}

async function create(args: readonly string[], { tokens, clock }: TokenPorts): Promise<readonly string[]> {
  const { values } = understand({
    args: [...args],
    options: {
      scope: { type: 'string', multiple: true },
      owner: { type: 'string' },
      expires: { type: 'string' },
    },
  })
  const grant = {
    scopes: scopesOf(values.scope),
    owner: ownerOf(values.owner),
    ...(values.expires !== undefined && { expires_at: clock.now() + durationOf(values.expires) }),
  }
  const { record, token } = await tokens().create(grant)
  return [token, '', `Token ${record.id}, ${describe(record, clock.now())}.`, 'It is shown this once. Keep it safe.']
}

async function list(args: readonly string[], { tokens, clock }: TokenPorts): Promise<readonly string[]> {
  understand({ args: [...args] })
  const records = await tokens().list()
  if (records.length === 0) return ['There are no tokens.']
  const rows = records.map((record) => [
    record.id,
    record.scopes.join(','),
    record.owner,
    toTimestamp(record.created_at),
    stateOf(record, clock.now()),
  ])
  return aligned([['ID', 'SCOPES', 'OWNER', 'CREATED', 'STATE'], ...rows])
}

async function revoke(args: readonly string[], { tokens }: TokenPorts): Promise<readonly string[]> {
  const [id, ...more] = understand({ args: [...args], allowPositionals: true }).positionals
  if (id === undefined || more.length > 0) throw new UsageError('Name one token to revoke, by its id.')
  await tokens().revoke(id)
  return [`Token ${id} is revoked. It stops working within five seconds.`]
}

function understand<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function scopesOf(given: readonly string[] | undefined): readonly Scope[] {
  const names = (given ?? []).flatMap((one) => one.split(','))
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
