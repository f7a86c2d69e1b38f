/** Notes of the stream's readers on the table: one small item for each reader and for each record that is repeated. */
import * as z from 'zod'
import type { FailingRecord, ReaderNote, ReaderStore } from '#lib/events/readers'
import { absent } from '../conditions.ts'
import type { Key, Table } from '../table.ts'

const READERS = 'READERS'
const noteKey = (reader: string): Key => ({ pk: READERS, sk: `note#${reader}` })
const failingKey = (reader: string, record: string): Key => ({ pk: READERS, sk: `failing#${reader}#${record}` })

/** Not one of the readers' own items: they have to note that they handled it. */
const BEAT: Key = { pk: 'BEAT', sk: 'stream' }

const storedBeat = z.object({ at: z.number(), before: z.number().nullable() })
const storedNote = z.object({ reader: z.string(), at: z.number(), record_at: z.number() })
const storedFailing = z.object({
  reader: z.string(),
  record: z.string(),
  first_at: z.number(),
  last_at: z.number(),
  attempts: z.number(),
})

/** Readers are five; of what fails a few dozen tell enough. */
const MOST_ITEMS = 60
/** The stream forgets a record after a day. */
const REMEMBER_MS = 48 * 3_600_000

/** True for items of this module: handling them is no news. */
export const isReaderKey = (pk: string): boolean => pk === READERS

export function createReaderStore(table: Table): ReaderStore {
  return {
    async note(note) {
      await table.put({ ...noteKey(note.reader), kind: 'reader', ...note })
    },

    async failed(reader, record, now) {
      const key = failingKey(reader, record)
      const first: FailingRecord = { reader, record, first_at: now, last_at: now, attempts: 1 }
      const ttl = Math.ceil((now + REMEMBER_MS) / 1000)
      const written = await table.put({ ...key, kind: 'failing', ...first, ttl }, absent)
      if (written.kind === 'done' || written.current === undefined) return first
      await table.change(key, { set: { last_at: now }, add: { attempts: 1 } })
      const before = storedFailing.parse(written.current)
      return { ...before, last_at: now, attempts: before.attempts + 1 }
    },

    async beat(now, everyMs) {
      const item = await table.get(BEAT)
      const last = item && storedBeat.parse(item).at
      if (last !== undefined && now - last < everyMs) return
      await table.put({ ...BEAT, kind: 'beat', at: now, before: last ?? null })
    },

    async all() {
      const read = { pk: READERS, limit: MOST_ITEMS, descending: true }
      const [{ items }, beat] = await Promise.all([table.query(read), table.get(BEAT)])
      const notes: ReaderNote[] = items.filter(({ kind }) => kind === 'reader').map((item) => storedNote.parse(item))
      const failing = items.filter(({ kind }) => kind === 'failing').map((item) => storedFailing.parse(item))
      return { notes, failing, beat: beat === undefined ? null : storedBeat.parse(beat).before }
    },
  }
}
