/** Which host keys are trusted: those of known_hosts, or else, when asked for, the one that was seen first. */
import { type Host, placeOf } from '#lib/queue/hosts'
import { type KnownKey, keysFor } from './known-hosts.ts'

/** Remembers the first key of a host, for good. Keys are base64. */
export interface KeyMemory {
  recall(place: string): Promise<string | undefined>
  /** Keeps the key unless one is kept already, and returns the one that is. */
  learn(place: string, key: string): Promise<string>
}

export interface TrustOptions {
  readonly known: readonly KnownKey[]
  readonly onFirstUse: boolean
}

/** `new`: nothing is known of the host, and its first key is to be trusted. */
export type KeyVerdict = 'trusted' | 'new' | 'changed' | 'unknown' | 'revoked'

/** What is known of one host. */
export interface HostTrust {
  /** Types of the keys that are known, to ask for one of them. */
  readonly types: readonly string[]
  judge(key: Buffer): KeyVerdict
}

export type Trust = ReturnType<typeof createTrust>

export function createTrust(memory: KeyMemory, { known, onFirstUse }: TrustOptions) {
  return {
    async of(host: Host): Promise<HostTrust> {
      const lines = keysFor(known, host)
      const listed = lines.filter(({ marker }) => marker === null)
      const revoked = lines.filter(({ marker }) => marker === 'revoked').map(({ key }) => key)
      const learned = listed.length === 0 && onFirstUse ? await memory.recall(placeOf(host)) : undefined
      const keys = learned === undefined ? listed.map(({ key }) => key) : [learned]
      return {
        types: keys.map((key) => typeOf(Buffer.from(key, 'base64'))),
        judge(key) {
          const text = key.toString('base64')
          if (revoked.includes(text)) return 'revoked'
          if (keys.includes(text)) return 'trusted'
          if (keys.length > 0) return 'changed'
          return onFirstUse ? 'new' : 'unknown'
        },
      }
    },

    /** Keeps a key that was `new`; false when another was kept meanwhile. */
    async keep(host: Host, key: Buffer): Promise<boolean> {
      const text = key.toString('base64')
      return (await memory.learn(placeOf(host), text)) === text
    },
  }
}

/** A public key begins with the length of its type's name, and the name (RFC 4253, 6.6). */
function typeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0)
  return key.subarray(4, 4 + length).toString('latin1')
}
