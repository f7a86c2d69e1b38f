/**
 * Outgoing requests to addresses that a user can set: https, resolved and looked at before a byte is sent, no redirects.
 *
 * The address that was judged is the one that is connected to: the check sits in the lookup of the connection itself, so
 * a name that answers differently the second time gains nothing.
 */
import { lookup as resolve } from 'node:dns'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import { AppError } from '#lib/errors'

/** Which addresses may be reached besides public ones by https. */
export interface AddressPolicy {
  /** `host:port` as written in the address; they may be private, and plain http. */
  readonly allowed: readonly string[]
  /** True on a developer's machine: loopback may be reached, by http too. */
  readonly loopback: boolean
}

export interface GuardedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds until the last byte of the answer. */
  readonly timeoutMs: number
  /** Ends the request from outside. */
  readonly signal?: AbortSignal
  /** Bytes an answer may have; 1 MB when not said. */
  readonly maxBytes?: number
}

export interface GuardedAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** Throws `invalid` for an address that may not be reached, `upstream_unavailable` when it does not answer. */
export type GuardedFetch = (request: GuardedRequest) => Promise<GuardedAnswer>

const DEFAULT_MAX_BYTES = 1_000_000

/** Where the machine's own credentials are told; nobody means these, whatever is listed. */
const NEVER = blockList(['169.254.0.0/16', '100.100.100.200/32', 'fe80::/10', 'fd00:ec2::254/128', '64:ff9b::/96'])
const LOOPBACK = blockList(['127.0.0.0/8', '::1/128'])
/**
 * Everything that is not the public Internet: IANA's special-purpose registries. An IPv4 written as ::ffff:… is judged as
 * the IPv4 it is; the other IPv6 forms that hide one are refused.
 */
const RESERVED = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::1/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
])

/**
 * The address, if its form allows reaching it at all; whether its name resolves well is seen when connecting.
 * Throws `invalid`: meant for start-up, so that a bad address is told before it is used.
 */
export function checkedUrl(text: string, policy: AddressPolicy): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refused('must be an https address')
  if (url.username !== '' || url.password !== '') throw refused('must not carry a user or password')
  const literal = literalOf(url.hostname)
  if (literal !== undefined && isIn(NEVER, literal)) throw refused(PRIVATE)
  if (isListed(url, policy)) return url
  const local = policy.loopback && isLoopbackName(url.hostname)
  if (url.protocol === 'http:' && !local)
    throw refused('must be an https address (http only where it is allowed by name)')
  if (literal !== undefined && !mayConnect(literal, policy)) throw refused(PRIVATE)
  if (!local && isLoopbackName(url.hostname)) throw refused(PRIVATE)
  return url
}

const PRIVATE = 'leads to this machine or a private network; list its host:port in ALLOW_PRIVATE_URLS if that is meant'

/** True when a connection to this IP address may be made; `listed` when its host and port were allowed by name. */
export function mayConnect(address: string, policy: Pick<AddressPolicy, 'loopback'>, listed = false): boolean {
  if (isIn(NEVER, address)) return false
  return listed || (policy.loopback && isIn(LOOPBACK, address)) || !isIn(RESERVED, address)
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

export function createGuardedFetch(policy: AddressPolicy): GuardedFetch {
  return async function guardedFetch(request) {
    const url = checkedUrl(request.url, policy)
    return exchange(url, request, guardedLookup(policy, isListed(url, policy)))
  }
}

/** Resolves a name as always, and refuses when any of its addresses may not be reached. */
function guardedLookup(policy: AddressPolicy, listed: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '', 0)
      if (!addresses.every(({ address }) => mayConnect(address, policy, listed)))
        return callback(refused(PRIVATE), '', 0)
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

function exchange(url: URL, asked: GuardedRequest, lookup: LookupFunction): Promise<GuardedAnswer> {
  const { method, body, timeoutMs, maxBytes = DEFAULT_MAX_BYTES } = asked
  const headers = { 'accept-encoding': 'identity', ...asked.headers }
  // No agent: a kept connection would not be looked up again.
  const late = AbortSignal.timeout(timeoutMs)
  const signal = asked.signal === undefined ? late : AbortSignal.any([late, asked.signal])
  const options: RequestOptions = { method, headers, agent: false, lookup, signal }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((done, fail) => {
    const failed = (cause: Error) => fail(cause instanceof AppError ? cause : unreachable(url, cause))
    const sent = send(url, options, (answer) => {
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > maxBytes) sent.destroy(unreachable(url, new Error(`the answer is larger than ${maxBytes} bytes`)))
      })
      answer.on('error', failed)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        done({ status: answer.statusCode ?? 0, headers: plain(answer.headers), text })
      })
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]))
}

function isListed(url: URL, { allowed }: AddressPolicy): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return allowed.includes(`${url.hostname}:${port}`)
}

function literalOf(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(bare) > 0 ? bare : undefined
}

function isLoopbackName(hostname: string): boolean {
  const literal = literalOf(hostname)
  if (literal !== undefined) return isIn(LOOPBACK, literal)
  return hostname === 'localhost' || hostname.endsWith('.localhost')
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/')
    list.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4')
  }
  return list
}

function refused(why: string): AppError {
  return new AppError('invalid', `This address is refused: it ${why}.`)
}

/** Says which host, never which path: a path may hold a secret. */
function unreachable({ host }: URL, cause: Error): AppError {
  return new AppError('upstream_unavailable', `${host} does not answer.`, { cause })
}
