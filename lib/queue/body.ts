/** Where a body goes: short ones travel with their job, long ones live apart, written once. */
import { createHash } from 'node:crypto'
import type { Body } from './model.ts'

/** Up to this many bytes a body travels inside its job; a longer one would make every change of the job dearer. */
const INLINE_BYTES = 256
/** 96 bits of the text's hash: as a revision within one issue, beyond collision. */
const REVISION_LENGTH = 16

export function bodyOf(text: string): Body {
  const bytes = Buffer.byteLength(text)
  if (bytes <= INLINE_BYTES) return { kind: 'inline', text }
  const revision = createHash('sha256').update(text).digest('base64url').slice(0, REVISION_LENGTH)
  return { kind: 'apart', revision, bytes }
}

export function sameBody(a: Body, b: Body): boolean {
  if (a.kind === 'inline') return b.kind === 'inline' && a.text === b.text
  return b.kind === 'apart' && a.revision === b.revision
}
