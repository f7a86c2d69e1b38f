/** Paths in sentences: as data, printable, quoted, a few of many. */
import { oneLine } from '../words.ts'
import type { Path } from './gits.ts'

/** Linux's limit; a path is not cut here, because half of a secret would not be known to the mask. */
const LONGEST_PATH = 4096
const MOST_NAMED = 5

/** `path` as text in quotes; what is no UTF-8 shows as replacement characters. */
export function named(path: Path): string {
  const text = Buffer.from(path, 'latin1').toString('utf8')
  return `"${oneLine(text, LONGEST_PATH).replaceAll('"', "'")}"`
}

/** The first few of `paths`, and how many more there are. */
export function listed(paths: readonly Path[]): string {
  const more = paths.length - MOST_NAMED
  const first = paths.slice(0, MOST_NAMED).map(named).join(', ')
  return more > 0 ? `${first} and ${more} more` : first
}
