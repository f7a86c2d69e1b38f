/** Digests: what two requests, results or briefs are compared by. */
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

/**
 * What an approval is given for: the result of this very attempt. The same words after a rework are other evidence, since
 * somebody asked for a change and has to look again.
 */
export function evidenceOf(featureId: string, phase: number, attempt: number, result: string | null): string {
  return digestOf(canonical([featureId, phase, attempt, result]))
}
