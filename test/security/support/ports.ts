/** Which ports a running stack has opened, as the system sees them: none is forgotten because nobody thought of it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { RunningStack } from '#test/e2e/support/stack'

export interface Port {
  /** Of IPv4, or of IPv6 as its 32 hexadecimal digits. */
  readonly address: string
  readonly port: number
}

/** The kernel's lists of sockets are read; other systems have no such files. */
export const hasProc = process.platform === 'linux'

const LISTENING = '0A'

/** Every TCP port on which a process of the stack listens. */
export function portsOf({ pid, groups }: Pick<RunningStack, 'pid' | 'groups'>): readonly Port[] {
  const leaders = new Set(groups().map(String))
  const members = readdirSync('/proc').filter((name) => name === String(pid) || leaders.has(groupOf(name) ?? ''))
  const sockets = new Set(members.flatMap(socketsOf))
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(listening).flatMap(({ inode, ...port }) => {
    return sockets.has(inode) ? [port] : []
  })
}

function groupOf(pid: string): string | undefined {
  if (!/^\d+$/.test(pid)) return undefined
  try {
    const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return group
  } catch {
    return undefined
  }
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((file) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${file}`)) ?? []
      return inode === undefined ? [] : [inode]
    })
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function listening(file: string): readonly (Port & { readonly inode: string })[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const [place = '', state, inode = ''] = [fields[1], fields[3], fields[9]]
    const [address = '', port = ''] = place.split(':')
    return state === LISTENING ? [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }] : []
  })
}

/** The kernel writes an IPv4 address backwards. */
function addressOf(hex: string): string {
  if (hex.length !== 8) return hex
  return [...Buffer.from(hex, 'hex')].reverse().join('.')
}
