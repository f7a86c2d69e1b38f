/** A rubric in free text, read as dimensions that can be scored. Everybody who scores or asks for scores reads it here. */

/** One thing that is scored from 0 to 1. */
export interface Dimension {
  /** `[a-z0-9_]`, unique in its rubric: a key of structured output. */
  readonly name: string
  /** As it was written. */
  readonly text: string
}

/** More dimensions than these make reviews long and scores thin. */
const MOST_DIMENSIONS = 8
const LONGEST_NAME = 40
const LONGEST_TEXT = 300

/** What is scored when nobody says what counts. */
const USUAL: readonly Dimension[] = [
  { name: 'correctness', text: 'Correctness: it does what the task asks for' },
  { name: 'completeness', text: 'Completeness: every requirement is met' },
  { name: 'clarity', text: 'Clarity: it can be understood and kept' },
]

/**
 * The dimensions of a rubric, by this rule: each line or part between semicolons is one; a rubric of a single line
 * without semicolons and colons is divided at its commas instead. List marks and weights in brackets are left off. The
 * words before a colon, or all of them, make the name. Doubles are dropped, and what comes after the eighth. An empty
 * rubric means correctness, completeness and clarity.
 */
export function dimensionsOf(rubric: string): readonly Dimension[] {
  const found = new Map<string, Dimension>()
  for (const part of partsOf(rubric)) {
    if (found.size >= MOST_DIMENSIONS) break
    const name = nameOf(part) || `dimension_${found.size + 1}`
    if (!found.has(name)) found.set(name, { name, text: part.slice(0, LONGEST_TEXT) })
  }
  return found.size === 0 ? USUAL : [...found.values()]
}

function partsOf(rubric: string): string[] {
  const parts = rubric.trim().split(/[\r\n;]+/)
  const [first = ''] = parts
  const divided = parts.length === 1 && !first.includes(':') ? first.split(',') : parts
  return divided.map(plain).filter((part) => /[\p{L}\p{N}]/u.test(part))
}

/** Without `- `, `2. ` or `# ` before it, `(30%)` in it and a full stop after it. */
function plain(part: string): string {
  return part
    .toWellFormed()
    .replace(/^[\s\-*•#]*(?:\d{1,3}[.)]\s)?/, '')
    .replace(/[([]\s*\d{1,3}(?:\.\d+)?\s*(?:%\s*)?[)\]]/g, '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
}

function nameOf(part: string): string {
  const [words = ''] = part.split(':')
  return plainName(words)
}

/** A name as dimensions have it: `Error handling` is `error_handling`. */
export function plainName(words: string): string {
  return words
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, LONGEST_NAME)
    .replace(/^_+|(?<!_)_+$/g, '')
}
