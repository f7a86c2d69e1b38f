/**
 * A fetch for the services of one's own network, at private addresses as a rule: the address a name resolved to is checked
 * before a byte is sent, so that no name can lead to the machine's own metadata.
 *
 * The global fetch cannot do that: a name could be shown to one check and point elsewhere a moment later. This one also
 * follows no redirect and unpacks no compression, which nobody here asks for.
 */
import { lookup as resolve } from 'node:dns'
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { hostOf } from './addresses.ts'

export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
  readonly redirect: 'manual'
}

/** As much of fetch as a service needs; the global one fits. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

/** The `code` of the error for an address that is not allowed. */
export const FORBIDDEN_ADDRESS = 'EFORBIDDENADDRESS'

/** Answers without a body, which a Response refuses to be given one for. */
const BODILESS = new Set([204, 205, 304])

/** `allows` judges each IP address before it is connected to. */
export function createServiceFetch(allows: (address: string) => boolean): Fetch {
  const lookup = guardedLookup(allows)
  const plain = agents(Agent)
  const secure = agents(SecureAgent)

  return (address, { method, headers, body, signal }) =>
    new Promise((done, failed) => {
      const url = new URL(address)
      const host = hostOf(url)
      if (isIP(host) !== 0 && !allows(host)) return failed(forbidden())
      const options = { method, headers, signal, lookup }
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, { ...options, agent: secure(method) })
          : requestHttp(url, { ...options, agent: plain(method) })
      request.once('response', (message) => done(responseOf(message)))
      request.once('error', failed)
      request.end(body)
    })
}

/**
 * Agents of its own: a connection of anybody else has not been through this check. A kept connection may be closing just
 * when it is used again; what must not be repeated therefore gets a fresh one.
 */
function agents<T>(Make: new (options: { keepAlive: boolean }) => T): (method: string) => T {
  const kept = new Make({ keepAlive: true })
  const fresh = new Make({ keepAlive: false })
  return (method) => (method === 'GET' ? kept : fresh)
}

function guardedLookup(allows: (address: string) => boolean): LookupFunction {
  return (host, options, answer) => {
    resolve(host, options, (error, found, family) => {
      if (error !== null) return answer(error, '')
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address)
      // One forbidden address among several is enough: whoever answers for the name wants us there.
      return addresses.every(allows) ? answer(null, found, family) : answer(forbidden(), '')
    })
  }
}

function responseOf(message: IncomingMessage): Response {
  const headers = new Headers()
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const status = message.statusCode ?? 0
  if (BODILESS.has(status)) message.resume()
  const body = BODILESS.has(status) ? null : Readable.toWeb(message)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers })
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('The name points at an address that is never connected to.'), {
    code: FORBIDDEN_ADDRESS,
  })
}
