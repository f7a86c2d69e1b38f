/**
 * The guard of every local port. Loopback is not a wall: each page in each browser of this machine may send requests to
 * it, from its own origin or, after DNS rebinding, from a name that the page's owner made lead here.
 *
 * A request passes when it is addressed to this machine (`Host`), comes from no page of another origin (`Origin`) and is
 * no part of a page of another site (`Sec-Fetch-Site`). Programs send neither of the latter two, so that curl, SDKs and
 * webhooks pass by their `Host` alone. No answer grants another origin anything: there is no CORS on a local port.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** The start of a request, as Node hands it over. */
export interface RequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

export interface Door {
  /** Whether requests may be addressed to this host name beside loopback's: lower case, without the port. */
  readonly allowsHost: (hostname: string) => boolean
  /** Whether pages of this origin may send requests beside the server's own. */
  readonly allowsOrigin: (origin: string) => boolean
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 413 | 415 | 421 | 431
  readonly code: 'malformed' | 'unauthenticated' | 'forbidden' | 'too_large' | 'unsupported_media_type' | 'misdirected'
  readonly title: string
  /** Says how to mend it. */
  readonly detail: string
}

/** A longer host is quoted up to here: no name is longer. */
const QUOTED_MAX = 253

/** Why the request may not come in; undefined when it may. Reads headers only, and takes a microsecond. */
export function judge({ method, url = '/', headers }: RequestHead, door: Door): Refusal | undefined {
  const host = headers.host ?? ''
  const named = url.startsWith('/') || url === '*' ? host : hostOfUrl(url)
  for (const one of named === host ? [host] : [host, named]) {
    if (!leadsHere(hostnameOf(one), door)) return misdirected(one)
  }
  const site = headers['sec-fetch-site']
  const { origin } = headers
  if (origin !== undefined) return isWelcome({ origin, host, site }, door) ? undefined : foreignOrigin(origin)
  const isForeign = site === 'cross-site' || site === 'same-site'
  return isForeign && !isVisit(method, headers) ? foreignSite() : undefined
}

/** Refuses a body that the framework behind a port would refuse in a form of its own. */
export function judgeBody({ headers }: RequestHead, maxBodyBytes: number): Refusal | undefined {
  if (!(Number(headers['content-length'] ?? 0) > maxBodyBytes)) return undefined
  const detail = `The body is larger than the ${maxBodyBytes} bytes that are taken here. Send less at once.`
  return { status: 413, code: 'too_large', title: 'Too large', detail }
}

/** A name or an IPv4 address, or an IPv6 address in brackets; perhaps a port. Nothing else leads a client anywhere. */
const HOST = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_][a-z0-9_.-]{0,252}))(?::\d{0,5})?$/

/** The host name of a `Host` header: lower case, without the port, IPv6 addresses without their brackets. */
function hostnameOf(host: string): string | undefined {
  const [, address, name] = HOST.exec(host.toLowerCase()) ?? []
  return address ?? name
}

function leadsHere(hostname: string | undefined, door: Door): boolean {
  return hostname !== undefined && (isLoopbackName(hostname) || door.allowsHost(hostname))
}

function hostOfUrl(url: string): string {
  return URL.parse(url)?.host ?? ''
}

const IPV4_LOOPBACK = /^127(?:\.\d{1,3}){3}$/

/** Names that lead to this machine and nowhere else, whatever DNS says (RFC 6761, section 6.3). */
export function isLoopbackName(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '::1' || hostname.endsWith('.localhost') || IPV4_LOOPBACK.test(hostname)
  )
}

interface Sender {
  readonly origin: string
  readonly host: string
  readonly site: string | string[] | undefined
}

/** The page's origin is the server's own, or listed. */
function isWelcome({ origin, host, site }: Sender, door: Door): boolean {
  // A form of a page that sends no referrer: the browser itself says that the page is of this origin.
  if (origin === 'null') return site === 'same-origin'
  const at = origin.indexOf('://')
  return (at > 0 && origin.slice(at + 3).toLowerCase() === host.toLowerCase()) || door.allowsOrigin(origin)
}

/** A link was followed, or an address typed: the answer is shown to the person and to no page. */
function isVisit(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

function misdirected(host: string): Refusal {
  const named = host === '' ? 'no host' : `"${host.slice(0, QUOTED_MAX)}"`
  return {
    status: 421,
    code: 'misdirected',
    title: 'Addressed to another host',
    detail: `The request names ${named}, which is not a name of this machine. Use localhost or 127.0.0.1, or start the stack with that name in ALLOWED_HOSTS.`,
  }
}

function foreignOrigin(origin: string): Refusal {
  return {
    status: 403,
    code: 'forbidden',
    title: 'Not allowed',
    detail: `Pages of "${origin.slice(0, QUOTED_MAX)}" may not send requests here. Call from a program, or start the stack with that origin in ALLOWED_ORIGINS.`,
  }
}

function foreignSite(): Refusal {
  return {
    status: 403,
    code: 'forbidden',
    title: 'Not allowed',
    detail:
      'Pages of other sites may link here, but neither load nor send anything. Call from a program, or start the stack with the page’s origin in ALLOWED_ORIGINS.',
  }
}
