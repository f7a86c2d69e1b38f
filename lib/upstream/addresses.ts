/** Which addresses a service may have: what is refused when it is configured, and again when it is connected to. */
import { BlockList, isIP } from 'node:net'
import { AppError } from '#lib/errors'

/** `never`: the machine's own metadata, link-local, multicast and nowhere; no service lives there. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'never'

const NEVER = subnets([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // The metadata services of Alibaba Cloud and, over IPv6, of AWS.
  ['100.100.100.200', 32],
  ['fd00:ec2::254', 128],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // IPv4 behind a translator: it would carry every address above past this list.
  ['64:ff9b::', 96],
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
  if (NEVER.check(address, family)) return 'never'
  if (LOOPBACK.check(address, family)) return 'loopback'
  return PRIVATE.check(address, family) ? 'private' : 'public'
}

/** The services of a cluster live at private addresses, stand-ins on loopback: for those only `never` is refused. */
export const isServiceAddress = (address: string): boolean => kindOfAddress(address) !== 'never'

/** The host of a URL without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** A service's base address without its trailing slash. Throws `invalid`, naming the service, for one that cannot be used. */
export function serviceBase(service: string, address: string): string {
  const url = URL.parse(address)
  const refuse = (why: string): never => {
    throw new AppError('invalid', `The address of the ${service} service ${why}.`, { details: { service } })
  }
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return refuse('must be an http or https URL')
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user or a password')
  if (url.search !== '' || url.hash !== '') return refuse('must not hold a query or a fragment')
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isServiceAddress(host)) return refuse('is link-local, multicast or nowhere')
  return url.href.replace(/\/+$/, '')
}

function subnets(list: readonly (readonly [string, number])[]): BlockList {
  const block = new BlockList()
  for (const [net, bits] of list) block.addSubnet(net, bits, isIP(net) === 4 ? 'ipv4' : 'ipv6')
  return block
}
