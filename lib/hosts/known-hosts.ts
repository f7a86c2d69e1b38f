/** OpenSSH's known_hosts: which host keys are trusted for a host. The format is that of sshd(8). Pure. */
import { createHmac } from 'node:crypto'
import type { Host } from '#lib/queue/hosts'

/** One line: whom it speaks of, and the key. */
export interface KnownKey {
  /** `revoked`: the key must never be accepted for these hosts. */
  readonly marker: 'revoked' | null
  readonly hosts: string
  /** e.g. `ssh-ed25519` */
  readonly type: string
  /** The public key in base64, as SSH sends it. */
  readonly key: string
}

/** A line that is none: its number, from 1. */
export interface BadLine {
  readonly line: number
}

const LINE =
  /^(?:@(revoked|cert-authority)[ \t]+)?(\S+)[ \t]+([a-z0-9@.-]{1,64})[ \t]+([A-Za-z0-9+/]{16,}={0,2})(?:\s.*)?$/
const SSH_PORT = 22

/** The keys of a known_hosts text, and what in it is no line of one. Certificate authorities are left out. */
export function parseKnownHosts(text: string): {
  readonly keys: readonly KnownKey[]
  readonly bad: readonly BadLine[]
} {
  const keys: KnownKey[] = []
  const bad: BadLine[] = []
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [, marker, hosts = '', type = '', key = ''] = LINE.exec(line) ?? []
    if (key === '') bad.push({ line: at + 1 })
    else if (marker !== 'cert-authority') keys.push({ marker: marker === 'revoked' ? marker : null, hosts, type, key })
  }
  return { keys, bad }
}

/** The lines that speak of a host. */
export function keysFor(keys: readonly KnownKey[], host: Pick<Host, 'address' | 'port'>): readonly KnownKey[] {
  const address = host.address.toLowerCase()
  const name = host.port === SSH_PORT ? address : `[${address}]:${host.port}`
  return keys.filter(({ hosts }) => (hosts.startsWith('|1|') ? isHashOf(hosts, name) : isNamed(hosts, name)))
}

/** `|1|salt|hash`: the HMAC-SHA1 of the name under the salt. */
function isHashOf(hosts: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hosts.split('|')
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

/** A list of patterns: one must fit, and none that begins with `!`. */
function isNamed(hosts: string, name: string): boolean {
  const patterns = hosts.toLowerCase().split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern, name))
}

/** `*` stands for any text, `?` for one character. Linear: a star that led nowhere gives way to the next alone. */
function fits(pattern: string, name: string): boolean {
  let [at, of, star, resume] = [0, 0, -1, 0]
  while (of < name.length) {
    const wanted = pattern[at]
    if (wanted === '*') [star, resume, at] = [at, of, at + 1]
    else if (wanted === '?' || wanted === name[of]) [at, of] = [at + 1, of + 1]
    else if (star < 0) return false
    else [at, of, resume] = [star + 1, resume + 1, resume + 1]
  }
  return /^\**$/.test(pattern.slice(at))
}
