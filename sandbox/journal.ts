/** Files that a stand-in may die over: a journal of whole lines, and a file that is replaced at one stroke. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

/** The journal's whole lines. What follows the last line end was being written when the process died: never acknowledged. */
export function readLines(path: string): readonly string[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

/** Bytes written. */
export function appendAll(file: number, text: string): number {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written)
  return bytes.length
}

/** The old text or the new one, whenever it is looked at. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w')
  appendAll(file, text)
  fsyncSync(file)
  closeSync(file)
  renameSync(temporary, path)
}
