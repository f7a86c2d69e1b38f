/** Who may come in through the local ports: this machine, and the names and origins that its user lists. */
import { hostname, networkInterfaces } from 'node:os'
import type { Door } from './guard.ts'

/** Plain values, so that the stack can hand them to its children. */
export interface DoorList {
  /** Host names; `*.name` stands for every name below it. */
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}

/** Loopback alone. */
export const LOOPBACK_ONLY: DoorList = { hosts: [], origins: [] }

/** A host name, or `*.` and one, without a port. */
export const HOST_ENTRY = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

/** True for what a browser sends as `Origin`: scheme, host and perhaps a port. */
export function isOrigin(text: string): boolean {
  const parsed = URL.parse(text)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.origin === text
}

/** What a child process needs, so that `guard-process.ts` lets in the same as the stack. */
export function doorsEnv(list: DoorList, isOpen: boolean): { readonly COXSWAIN_DOORS: string } {
  return { COXSWAIN_DOORS: JSON.stringify({ ...list, isOpen }) }
}

/** `isOpen`: the port takes connections of other machines, so this machine's own addresses and name lead to it. */
export function doorOf({ hosts, origins }: DoorList, isOpen = false): Door {
  const names = new Set(hosts.filter((host) => !host.startsWith('*.')))
  const endings = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(1))
  const welcome = new Set(origins)
  return {
    allowsHost: (name) =>
      names.has(name) || endings.some((ending) => name.endsWith(ending)) || (isOpen && isThisMachine(name)),
    allowsOrigin: (origin) => welcome.has(origin),
  }
}

/** Asked for names that nothing else allows, so that an address that came with a new network counts as well. */
function isThisMachine(name: string): boolean {
  const own = hostname().toLowerCase()
  if (name === own || name === `${own}.local`) return true
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === name))
}
