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

/** Sends a request and gives its answer as it comes in; rejects when the connection fails or `signal` fires before. */
export type Send = (url: URL, init: Omit<FetchInit, 'redirect'>) => Promise<IncomingMessage>

/** Judges an IP address before it is connected to on behalf of `url`, by which it counts whose host and port were allowed. */
export type Allows = (address: string, url: URL) => boolean

export interface SendOptions {
  readonly allows: Allows
  /**
   * Whether a request with this method may go over a connection that an earlier one has left open. It may arrive twice:
   * when that connection turns out to be closed, it is sent again over a fresh one.
   */
  readonly keeps: (method: string) => boolean
}

/** How long an idle connection is kept: less than load balancers wait before they close theirs. */
const KEPT_IDLE_MS = 30_000

export function createServiceFetch(allows: Allows): Fetch {
  // A kept connection may be closing just when it is used again; what must not be repeated therefore gets a fresh one.
  const send = createSend({ allows, keeps: (method) => method === 'GET' })
  return async (address, init) => responseOf(await send(new URL(address), init))
}

/**
 * What createServiceFetch and other clients send by. A kept connection leads to the address that was judged when it was
 * made, under the same policy: agents are not shared.
 */
export function createSend({ allows, keeps }: SendOptions): Send {
  const plain = { kept: new Agent(KEPT), fresh: new Agent(FRESH) }
  const secure = { kept: new SecureAgent(KEPT), fresh: new SecureAgent(FRESH) }

  return (url, { method, headers, body, signal }) =>
    new Promise((done, failed) => {
      const host = hostOf(url)
      if (isIP(host) !== 0 && !allows(host, url)) return failed(forbidden())
      // A kept connection is used again for its own host and port alone, on which the verdict depends.
      const lookup = guardedLookup((address) => allows(address, url))
      const [request, agents] = url.protocol === 'https:' ? [requestHttps, secure] : [requestHttp, plain]
      const sendBy = (agent: Agent, otherwise: (error: Error) => void) => {
        const sent = request(url, { method, headers, signal, lookup, agent })
        sent.once('response', done)
        sent.on('error', (error) => (sent.reusedSocket && isClosed(error) ? otherwise(error) : failed(error)))
        sent.end(body)
      }
      if (!keeps(method)) sendBy(agents.fresh, failed)
      // Whoever is at the other end may have closed the connection just when it was used again.
      else sendBy(agents.kept, () => sendBy(agents.fresh, failed))
    })
}

/** Agents of its own: a connection of anybody else has not been through this check. */
const KEPT = { keepAlive: true, timeout: KEPT_IDLE_MS }
const FRESH = { keepAlive: false }
const CLOSED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE'])

function isClosed(error: Error): boolean {
  return 'code' in error && CLOSED.has(error.code)
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
  const status = message.statusCode ?? 0
  if (BODILESS.has(status)) message.resume()
  const body = BODILESS.has(status) ? null : Readable.toWeb(message)
  const headers = headersOf(message)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers })
}

export function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return headers
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('The name points at an address that is never connected to.'), {
    code: FORBIDDEN_ADDRESS,
  })
}
