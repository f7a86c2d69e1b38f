/** The workers' hosts and how they are reached, read from the configuration. */
import { readFileSync } from 'node:fs'
import { isIP, isIPv6 } from 'node:net'
import ssh2 from 'ssh2'
import * as z from 'zod/mini'
import { type Config, optionalText, settings } from '#lib/config'
import { AppError, type FieldError } from '#lib/errors'
import { type Host, placeOf } from '#lib/queue/hosts'
import { isLoopbackHost, kindOfAddress } from '#lib/upstream/addresses'
import { type KnownKey, parseKnownHosts } from './known-hosts.ts'
import { UNIT } from './probe.ts'

export interface HostsConfig {
  readonly hosts: readonly Host[]
  readonly user: string
  readonly unit: string
  readonly privateKey: string
  readonly known: readonly KnownKey[]
  readonly onFirstUse: boolean
}

/** As many as one check looks at within its deadline. */
const MOST_HOSTS = 100
const SSH_PORT = 22
const ENTRY = /^(?:(?<worker>[A-Za-z0-9._-]{1,64})=)?(?<place>[^=\s]+)$/
const NAMED = /^(?<address>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(?<port>\d{1,5}))?$/
const BRACKETED = /^\[(?<address>[^\]]{2,45})\](?::(?<port>\d{1,5}))?$/

const HOSTS = `must be hosts separated by commas, each once and at most ${MOST_HOSTS}, written 10.0.0.11, 10.0.0.11:2222 or worker-1=10.0.0.11:2222`

/** The variables, for `readConfig`. */
export const hostSettings = {
  WORKER_IPS: z._default(
    z.pipe(
      z.string().check(z.refine((text) => parseHosts(text) !== undefined, HOSTS)),
      z.transform((text: string) => parseHosts(text) ?? []),
    ),
    [],
  ),
  WORKER_SSH_USER: z._default(
    z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, 'must be a user name')),
    'root',
  ),
  /** A path, or the key itself. */
  WORKER_SSH_KEY: optionalText,
  /** A path, or the lines themselves. */
  WORKER_KNOWN_HOSTS: optionalText,
  WORKER_SSH_TRUST_ON_FIRST_USE: z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
  WORKER_UNIT: z._default(z.string().check(z.regex(UNIT, 'must be the name of a systemd unit')), 'coxswain-worker'),
  WORKER_HEALTH_CHECK_INTERVAL: settings.WORKER_HEALTH_CHECK_INTERVAL,
  ALLOW_PRIVATE_URLS: settings.ALLOW_PRIVATE_URLS,
} as const

/** Throws `invalid` naming everything that is wrong with the key and the known hosts. Without hosts neither is needed. */
export function hostsConfig(values: Config<typeof hostSettings>): HostsConfig {
  const errors: FieldError[] = []
  const hosts = values.WORKER_IPS
  const privateKey = hosts.length === 0 ? '' : keyOf(values.WORKER_SSH_KEY, errors)
  const known = hosts.length === 0 ? [] : knownOf(values.WORKER_KNOWN_HOSTS, errors)
  errors.push(...refusals(hosts, values.ALLOW_PRIVATE_URLS))
  if (errors.length > 0) {
    const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new AppError('invalid', `The configuration is wrong. ${list}`, { errors })
  }
  const onFirstUse = values.WORKER_SSH_TRUST_ON_FIRST_USE === 'true'
  return { hosts, user: values.WORKER_SSH_USER, unit: values.WORKER_UNIT, privateKey, known, onFirstUse }
}

/** A worker's host is private as a rule; this very machine is one only where that is meant, and metadata is none ever. */
function refusals(hosts: readonly Host[], allowed: readonly string[]): FieldError[] {
  return hosts.flatMap(({ address, port }) => {
    const place = `${isIPv6(address) ? `[${address}]` : address}:${port}`.toLowerCase()
    const refused = (message: string) => [{ path: 'WORKER_IPS', message }]
    if (isIP(address) !== 0 && kindOfAddress(address) === 'never')
      return refused(`${place} is link-local, multicast or nowhere`)
    if (!isLoopbackHost(address) || allowed.includes(place)) return []
    return refused(`${place} leads to this machine; list it in ALLOW_PRIVATE_URLS if that is meant`)
  })
}

/** The hosts of a comma list; undefined when it is none. */
export function parseHosts(text: string): readonly Host[] | undefined {
  const entries = text.split(',').flatMap((part) => part.trim() || [])
  if (entries.length > MOST_HOSTS) return undefined
  const hosts = entries.map(parseHost)
  if (!hosts.every((host) => host !== undefined)) return undefined
  const names = hosts.map((host) => host.worker ?? placeOf(host))
  return new Set(names).size === names.length ? hosts : undefined
}

function parseHost(entry: string): Host | undefined {
  const { worker = null, place = '' } = ENTRY.exec(entry)?.groups ?? {}
  if (isIPv6(place)) return { worker, address: place, port: SSH_PORT }
  const bracketed = BRACKETED.exec(place)?.groups
  const { address, port = String(SSH_PORT) } = bracketed ?? NAMED.exec(place)?.groups ?? {}
  if (address === undefined || (bracketed !== undefined && !isIPv6(address))) return undefined
  return Number(port) >= 1 && Number(port) <= 65_535 ? { worker, address, port: Number(port) } : undefined
}

function keyOf(value: string | undefined, errors: FieldError[]): string {
  const path = 'WORKER_SSH_KEY'
  if (value === undefined) errors.push({ path, message: 'is not set, but WORKER_IPS is' })
  const text = textOf(path, value ?? '', value === undefined || value.startsWith('-----BEGIN'), errors)
  if (text === undefined || text === '') return ''
  const parsed = ssh2.utils.parseKey(text)
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    errors.push({ path, message: 'is no private key that can be used: OpenSSH or PEM, without a passphrase' })
  }
  return text
}

function knownOf(value: string | undefined, errors: FieldError[]): readonly KnownKey[] {
  const path = 'WORKER_KNOWN_HOSTS'
  const isText = value === undefined || (/\s/.test(value) && !value.startsWith('/'))
  const { keys, bad } = parseKnownHosts(textOf(path, value ?? '', isText, errors) ?? '')
  errors.push(...bad.map(({ line }) => ({ path, message: `line ${line} is not "<hosts> <type> <key>"` })))
  return keys
}

/** The text itself, where `\n` may stand for the end of a line, or what the file holds. */
function textOf(path: string, value: string, isText: boolean, errors: FieldError[]): string | undefined {
  if (isText) return value.replaceAll('\\n', '\n')
  try {
    return readFileSync(value, 'utf8')
  } catch {
    errors.push({ path, message: 'names a file that cannot be read' })
    return undefined
  }
}
