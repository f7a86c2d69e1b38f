/** How far each consumer of the stream has come: one small file each. */
import { join } from 'node:path'
import * as z from 'zod'
import { readWhole, writeWhole } from './files.ts'
import type { Cursor } from './stream.ts'

export interface Cursors {
  /** Undefined for a consumer that has not begun, or whose file cannot be read. */
  read(consumer: string): Cursor | undefined
  save(consumer: string, cursor: Cursor): void
}

const schema = z.object({ stream: z.string(), shard: z.string(), sequence: z.string() })

export function createCursors(dataDir: string): Cursors {
  const pathOf = (consumer: string) => join(dataDir, 'cursors', `${consumer}.json`)
  return {
    read: (consumer) => readWhole(pathOf(consumer), schema),
    save: (consumer, cursor) => writeWhole(pathOf(consumer), cursor),
  }
}
