/** Small files that are whole at every moment, whatever dies while they are written. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type * as z from 'zod'

/** Readable by their owner alone: some hold tokens. */
const OWNER_ONLY = 0o600

/** Replaces `path`: the old contents or the new ones, never a part. */
export function writeWhole(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  const file = openSync(temporary, 'w', OWNER_ONLY)
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  fsyncSync(file)
  closeSync(file)
  renameSync(temporary, path)
}

/** What `path` holds; undefined when it is not there or is not what it should be. */
export function readWhole<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** The path as it is written from here; the absolute one when it lies elsewhere. */
export function shown(path: string): string {
  const here = relative(process.cwd(), path) || '.'
  return here.startsWith('..') ? path : here
}
