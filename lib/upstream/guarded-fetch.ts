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
import { hostOf, isLoopbackHost, kindOfAddress, placeOfUrl } from './addresses.ts'

/** Which addresses may be reached besides public ones by https: the same on a laptop as everywhere. */
export interface AddressPolicy {
  /** `host:port` as written in the address; they may be loopback or private, and plain http. */
  readonly allowed: readonly string[]
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
  const literal = literalOf(url)
  if (literal !== undefined && kindOfAddress(literal) === 'never') throw refused('is link-local, multicast or nowhere')
  if (isListed(url, policy)) return url
  if (url.protocol === 'http:') throw refused(`must be an https address${unlessListed(url)}`)
  if ((literal !== undefined && !mayConnect(literal)) || isLoopbackHost(hostOf(url))) throw refused(isPrivate(url))
  return url
}

const isPrivate = (url: URL) => `leads to this machine or a private network${unlessListed(url)}`
const unlessListed = (url: URL) => `; list ${placeOfUrl(url)} in ALLOW_PRIVATE_URLS if that is meant`

/** True when a connection to this IP address may be made; `listed` when its host and port were allowed by name. */
export function mayConnect(address: string, listed = false): boolean {
  if (kindOfAddress(address) === 'never') return false
  return listed || !RESERVED.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

export function createGuardedFetch(policy: AddressPolicy): GuardedFetch {
  return async function guardedFetch(request) {
    const url = checkedUrl(request.url, policy)
    return exchange(url, request, guardedLookup(url, isListed(url, policy)))
  }
}

/** Resolves a name as always, and refuses when any of its addresses may not be reached. */
function guardedLookup(url: URL, listed: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '', 0)
      if (!addresses.every(({ address }) => mayConnect(address, listed)))
        return callback(refused(isPrivate(url)), '', 0)
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

/** True when the host and port of `url` were allowed by name. */
export function isListed(url: URL, { allowed }: AddressPolicy): boolean {
  return allowed.includes(placeOfUrl(url))
}

function literalOf(url: URL): string | undefined {
  return isIP(hostOf(url)) > 0 ? hostOf(url) : undefined
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
