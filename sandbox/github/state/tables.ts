/**
 * Keeps the tables in memory and every change on disk before it is acknowledged.
 *
 * A change is one line appended to `journal.ndjson`; the kernel holds it once `write` returned, so killing the process
 * loses nothing. Now and then, and at every start, all is written anew to `state.json` (temporary file, then rename) and
 * the journal is emptied. Lines name whole rows, so reading a line that the snapshot already holds changes nothing.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { appendAll, readLines, replaceFile } from '#sandbox/journal'
import type { Tables } from './model.ts'

export type TableName = keyof Tables

/** One row to write; null takes it away. */
export type Put = { [T in TableName]: { readonly t: T; readonly k: string; readonly v: Tables[T] | null } }[TableName]

export interface Database {
  get<T extends TableName>(table: T, key: string): Tables[T] | undefined
  all<T extends TableName>(table: T): Iterable<Tables[T]>
  /** Writes all rows or none; they are safe once this returns. */
  commit(puts: readonly Put[]): void
  /** A number never given before. */
  nextId(): number
  close(): void
}

type Rows = { [T in TableName]: Map<string, Tables[T]> }

/** Beyond this the journal takes noticeably long to read back. */
const JOURNAL_BYTES = 16 * 1024 * 1024

const row = z.looseObject({ id: z.number().optional() })
const snapshot = z.object({
  version: z.literal(1),
  last_id: z.number(),
  rows: z.record(z.string(), z.record(z.string(), row)),
})
const line = z.array(z.object({ t: z.string(), k: z.string(), v: row.nullable() }))

const emptyRows = (): Rows => ({
  repositories: new Map(),
  aliases: new Map(),
  labels: new Map(),
  issues: new Map(),
  comments: new Map(),
  reviews: new Map(),
  remarks: new Map(),
  writes: new Map(),
  events: new Map(),
  permissions: new Map(),
})

export function openDatabase(directory: string): Database {
  mkdirSync(directory, { recursive: true })
  const statePath = join(directory, 'state.json')
  const journalPath = join(directory, 'journal.ndjson')
  const rows = emptyRows()
  let lastId = 0

  const apply = (puts: readonly { t: string; k: string; v: object | null }[]): void => {
    for (const { t, k, v } of puts) {
      const table: Map<string, unknown> | undefined = rows[t as TableName]
      if (v === null) table?.delete(k)
      else table?.set(k, v)
      if (v !== null && 'id' in v && typeof v.id === 'number') lastId = Math.max(lastId, v.id)
    }
  }

  lastId = readState(statePath, apply)
  for (const text of readLines(journalPath)) apply(line.parse(JSON.parse(text)))
  const journal = openSync(journalPath, 'a')
  let journalSize = 0

  const compact = (): void => {
    const tables = Object.entries(rows).map(([name, table]) => [name, Object.fromEntries(table)])
    replaceFile(statePath, JSON.stringify({ version: 1, last_id: lastId, rows: Object.fromEntries(tables) }))
    ftruncateSync(journal, 0)
    journalSize = 0
  }
  compact()

  return {
    get: (table, key) => rows[table].get(key),
    all: (table) => rows[table].values(),
    commit(puts) {
      journalSize += appendAll(journal, `${JSON.stringify(puts)}\n`)
      apply(puts)
      if (journalSize > JOURNAL_BYTES) compact()
    },
    nextId: () => {
      lastId += 1
      return lastId
    },
    close: () => closeSync(journal),
  }
}

/** Hands the snapshot's rows to `apply`; answers the last id given. */
function readState(path: string, apply: (puts: z.infer<typeof line>) => void): number {
  if (!existsSync(path)) return 0
  const state = snapshot.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const [t, table] of Object.entries(state.rows)) {
    apply(Object.entries(table).map(([k, v]) => ({ t, k, v })))
  }
  return state.last_id
}
