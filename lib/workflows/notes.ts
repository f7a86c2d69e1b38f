/** Texts of a run: short ones travel in its item, long ones are kept once and read when somebody looks. */
import { digestOf } from './digest.ts'
import type { Note } from './model.ts'
import type { WorkflowStore } from './ports.ts'

/** UTF-8 bytes up to which a text stays inside: the run's item shall fit one write unit of 1 KB. */
const INLINE_MAX_BYTES = 120

/** A text as a note of this run, kept apart first when it is long. */
export async function noteOf(store: Pick<WorkflowStore, 'keepText'>, featureId: string, given: string): Promise<Note> {
  const text = given.toWellFormed()
  if (Buffer.byteLength(text) <= INLINE_MAX_BYTES) return { kind: 'inline', text }
  const digest = digestOf(text)
  await store.keepText(featureId, digest, text)
  return { kind: 'apart', digest }
}

/** The text of a note; null for none. */
export async function textOf(
  store: Pick<WorkflowStore, 'text'>,
  featureId: string,
  note: Note | null,
): Promise<string | null> {
  if (note === null) return null
  return note.kind === 'inline' ? note.text : store.text(featureId, note.digest)
}
