/** Digests: what requests are compared by and shuffles are drawn from. */
import { createHash } from 'node:crypto'

/** SHA-256 of a text, hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** JSON with the members of every object in order and no half characters, so that equal values have equal text. */
export function canonical(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_key, member: unknown) => {
    if (typeof member === 'string') return member.toWellFormed()
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  return text ?? 'null'
}
