/** What is known of notes that were sent to Chronicle: begun, or written under which id. */
import * as z from 'zod'
import type { Instant } from '#lib/clock'
import type { NoteMemory } from '#lib/upstream/notes'
import { absent, stillHas } from './conditions.ts'
import { noteKey } from './parked-keys.ts'
import type { Item, Table } from './table.ts'

const stored = z.object({ at: z.number(), note_id: z.string().nullable() })

/** Far longer than any event is told again. */
const REMEMBERED_MS = 30 * 86_400_000

export function createNoteMemory(table: Table): NoteMemory {
  const item = (auditId: string, at: Instant, note_id: string | null): Item => ({
    ...noteKey(auditId),
    kind: 'note',
    at,
    note_id,
    ttl: Math.ceil((at + REMEMBERED_MS) / 1000),
  })
  return {
    async begin(auditId, now) {
      const written = await table.put(item(auditId, now, null), absent)
      if (written.kind === 'done' || written.current === undefined) return { kind: 'fresh' }
      const { at, note_id } = stored.parse(written.current)
      return note_id === null ? { kind: 'begun', at } : { kind: 'written', note_id }
    },

    async written(auditId, noteId, now) {
      await table.put(item(auditId, now, noteId))
    },

    async again(auditId, now) {
      await table.put(item(auditId, now, null))
    },

    async forget(auditId) {
      await table.remove(noteKey(auditId), stillHas('note_id', null))
    },
  }
}
