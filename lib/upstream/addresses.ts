/** Which addresses a service may have: what is refused when it is configured, and again when it is connected to. */
import { BlockList, isIP } from 'node:net'
import { AppError } from '#lib/errors'

/** `never`: the machine's own metadata, link-local, multicast and nowhere; no service lives there, whatever is listed. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'never'

const NEVER = subnets([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // The metadata services of Alibaba Cloud and of Azure; over IPv6 those of AWS (with EKS Pod Identity) and of Google Cloud.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // IPv6 that hides an IPv4: it would carry every address above past this list.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
])
const LOOPBACK = subnets([
  ['127.0.0.0', 8],
  ['::1', 128],
])
const PRIVATE = subnets([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
])

/** What kind of IP address this is; text that is none counts as `never`. An IPv4 address in IPv6 dress is seen through. */
export function kindOfAddress(address: string): AddressKind {
  const version = isIP(address)
  if (version === 0) return 'never'
  const family = version === 4 ? 'ipv4' : 'ipv6'
  // First, because ::1 has the form of an IPv4 in hiding.
  if (LOOPBACK.check(address, family)) return 'loopback'
  if (NEVER.check(address, family)) return 'never'
  return PRIVATE.check(address, family) ? 'private' : 'public'
}

/** `host:port` of a URL as an allow list names it: in lower case, and with the port although it is the usual one. */
export const placeOfUrl = ({ hostname, port, protocol }: URL): string =>
  `${hostname.toLowerCase()}:${port || (protocol === 'https:' ? '443' : '80')}`

/** True for a host that is this very machine by its form; what another name resolves to is seen when connecting. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) !== 0) return kindOfAddress(host) === 'loopback'
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === 'localhost' || name.endsWith('.localhost')
}

/** The services of a cluster live at private addresses; on this machine nothing is a service unless it is listed. */
export function isServiceAddress(address: string, url: URL, allowed: readonly string[]): boolean {
  const kind = kindOfAddress(address)
  return kind !== 'never' && (kind !== 'loopback' || allowed.includes(placeOfUrl(url)))
}

/** The host of a URL without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * A service's base address without its trailing slash. `allowed` lists `host:port` of this machine that are services.
 * Throws `invalid`, naming the service, for one that cannot be used.
 */
export function serviceBase(service: string, address: string, allowed: readonly string[]): string {
  const url = URL.parse(address)
  const refuse = (why: string): never => {
    throw new AppError('invalid', `The address of the ${service} service ${why}.`, { details: { service } })
  }
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return refuse('must be an http or https URL')
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user or a password')
  if (url.search !== '' || url.hash !== '') return refuse('must not hold a query or a fragment')
  const host = hostOf(url)
  if (isIP(host) !== 0 && kindOfAddress(host) === 'never') return refuse('is link-local, multicast or nowhere')
  if (isLoopbackHost(host) && !allowed.includes(placeOfUrl(url)))
    return refuse(`leads to this machine; list ${placeOfUrl(url)} in ALLOW_PRIVATE_URLS if that is meant`)
  return url.href.replace(/(?<!\/)\/+$/, '')
}

function subnets(list: readonly (readonly [string, number])[]): BlockList {
  const block = new BlockList()
  for (const [net, bits] of list) block.addSubnet(net, bits, isIP(net) === 4 ? 'ipv4' : 'ipv6')
  return block
}
