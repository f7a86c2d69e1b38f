/**
 * Tables in memory, every change on disk before it is acknowledged.
 *
 * A change is one line appended to `journal.ndjson`; the kernel holds it once `write` returned, so killing the process
 * loses nothing. At every start, and when the journal has grown long, all is written anew to `state.json` and the journal
 * is emptied. Lines name whole rows, so reading a line that the snapshot already holds changes nothing.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { appendAll, readLines, replaceFile } from '#sandbox/journal'

type Shape = Record<string, object>

/** One row to write; null takes it away. */
export type Put<T extends Shape> = {
  [Name in keyof T & string]: { readonly t: Name; readonly k: string; readonly v: T[Name] | null }
}[keyof T & string]

export interface Rows<T extends Shape> {
  get<Name extends keyof T & string>(table: Name, key: string): T[Name] | undefined
  /** In the order in which the keys first came. */
  all<Name extends keyof T & string>(table: Name): readonly T[Name][]
  /** Writes all rows or none; they are safe once this returns. */
  commit(puts: readonly Put<T>[]): void
  close(): void
}

/** Beyond this the journal takes noticeably long to read back. */
const JOURNAL_BYTES = 16 * 1024 * 1024

const row = z.looseObject({})
const snapshot = z.object({ version: z.literal(1), rows: z.record(z.string(), z.array(z.tuple([z.string(), row]))) })
const line = z.array(z.object({ t: z.string(), k: z.string(), v: row.nullable() }))
type Line = readonly { readonly t: string; readonly k: string; readonly v: object | null }[]

export function openRows<T extends Shape>(directory: string, names: readonly (keyof T & string)[]): Rows<T> {
  mkdirSync(directory, { recursive: true })
  const statePath = join(directory, 'state.json')
  const journalPath = join(directory, 'journal.ndjson')
  const tables = new Map<string, Map<string, object>>(names.map((name) => [name, new Map()]))

  const apply = (puts: Line): void => {
    for (const { t, k, v } of puts) {
      if (v === null) tables.get(t)?.delete(k)
      else tables.get(t)?.set(k, v)
    }
  }

  apply(readState(statePath))
  for (const text of readLines(journalPath)) apply(line.parse(JSON.parse(text)))
  const journal = openSync(journalPath, 'a')
  let journalSize = 0

  const compact = (): void => {
    const rows = Object.fromEntries([...tables].map(([name, table]) => [name, [...table]]))
    replaceFile(statePath, JSON.stringify({ version: 1, rows }))
    ftruncateSync(journal, 0)
    journalSize = 0
  }
  compact()

  return {
    get: <Name extends keyof T & string>(table: Name, key: string) =>
      tables.get(table)?.get(key) as T[Name] | undefined,
    all: <Name extends keyof T & string>(table: Name) => [...(tables.get(table)?.values() ?? [])] as T[Name][],
    commit(puts) {
      journalSize += appendAll(journal, `${JSON.stringify(puts)}\n`)
      apply(puts)
      if (journalSize > JOURNAL_BYTES) compact()
    },
    close: () => closeSync(journal),
  }
}

function readState(path: string): Line {
  if (!existsSync(path)) return []
  const { rows } = snapshot.parse(JSON.parse(readFileSync(path, 'utf8')))
  return Object.entries(rows).flatMap(([t, table]) => table.map(([k, v]) => ({ t, k, v })))
}
