/** The verdicts so far, so that only new expressions are judged. Kept in `verdicts.json`, in order. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Verdict } from './judge.ts'

const FILE = new URL('verdicts.json', import.meta.url)

export type Verdicts = ReadonlyMap<string, Verdict>

export function readVerdicts(): Verdicts {
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Verdict>))
}

export function writeVerdicts(verdicts: Verdicts): void {
  const sorted = [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
