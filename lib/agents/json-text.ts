/**
 * JSON in the answers of models: wrapped in prose, fences or reasoning, and with the slips that models make. Nothing is
 * made up: what can be read in two ways is not read. Linear in the length of the text.
 */
import { jsonrepair } from 'jsonrepair'

/** More pieces in braces, or deeper ones, are no answer but an attack. */
const MOST_PIECES = 50
const DEEPEST = 50
/**
 * jsonrepair takes time by the length of a text times its marks of structure; 2.5 e8 take about 40 ms. Reviews of 40 KB
 * stay below, the worst text of 10 KB does, too.
 */
const MOST_REPAIR_WORK = 1.2e8
const LONGEST_REPAIRED = 60_000
const MARKS = /["'`{}[\],:\n]/g

/** Every JSON value in a text that is one or holds some, in order; values with a doubled key are left out. */
export function jsonIn(text: string): readonly unknown[] {
  const answer = withoutReasoning(text.trim())
  const whole = parsed(answer)
  if (whole !== undefined) return hasDoubledKey(answer) ? [] : [whole]
  // Some servers open the block of reasoning in the prompt, so that only its end is in the answer.
  return readAll(pieces(/^[{[]/.test(answer) ? answer : (after(answer, 'think') ?? answer)))
}

/** The text after a leading block of reasoning; empty when that never ends: a draft is no answer. */
export function withoutReasoning(text: string): string {
  const [, kind] = /^<(think|thinking|reasoning)>/i.exec(text) ?? []
  return kind === undefined ? text : (after(text, kind) ?? '')
}

const ENDS: Readonly<Record<string, RegExp>> = {
  think: /<\/think>/i,
  thinking: /<\/thinking>/i,
  reasoning: /<\/reasoning>/i,
}

/** The text after the end of a block of reasoning; undefined when there is no such end. */
function after(text: string, kind: string): string | undefined {
  const end = ENDS[kind.toLowerCase()]?.exec(text) ?? null
  return end === null ? undefined : text.slice(end.index + end[0].length).trim()
}

/** All pieces, repaired within one bound of work for all of them together. */
function readAll(found: readonly string[]): readonly unknown[] {
  let work = MOST_REPAIR_WORK
  return found.flatMap((piece) => {
    const strict = parsed(piece)
    if (strict !== undefined) return hasDoubledKey(piece) ? [] : [strict]
    work -= repairWork(piece)
    const mended = work < 0 ? undefined : repaired(piece)
    if (mended === undefined || hasDoubledKey(mended)) return []
    const value = parsed(mended)
    return value === undefined ? [] : [value]
  })
}

/**
 * The outermost pieces in braces or brackets; none when there are too many or one is too deep. One that never closes
 * ends at the last brace or bracket of the text.
 */
function pieces(text: string): readonly string[] {
  const found: string[] = []
  const opening = /[{[]/g
  while (found.length <= MOST_PIECES) {
    const start = opening.exec(text)?.index
    if (start === undefined) return found
    const end = endOf(text, start)
    if (end === undefined) return [...found, ...unclosed(text, start)]
    if (end === 'too_deep') return []
    found.push(text.slice(start, end))
    opening.lastIndex = end
  }
  return []
}

/** Where the piece ends that opens at `start`: after the bracket that closes it, those in strings left out. */
function endOf(text: string, start: number): number | 'too_deep' | undefined {
  const token = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|[{}[\]]/g
  token.lastIndex = start
  let depth = 0
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [mark] = found
    if (mark === '{' || mark === '[') depth += 1
    else if (mark === '}' || mark === ']') depth -= 1
    if (depth === 0) return token.lastIndex
    if (depth > DEEPEST) return 'too_deep'
  }
  return undefined
}

function unclosed(text: string, start: number): readonly string[] {
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  return end > start ? [text.slice(start, end + 1)] : []
}

function repairWork(text: string): number {
  if (text.length > LONGEST_REPAIRED) return Number.POSITIVE_INFINITY
  return text.length * (text.match(MARKS)?.length ?? 0)
}

function repaired(text: string): string | undefined {
  try {
    return jsonrepair(text)
  } catch {
    // Not JSON by any reading, or nested deeper than the stack.
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A string that never closes is one token, so that none is begun again in it. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\]:,]/g

/** True when an object of valid JSON has the same key twice, without regard to case: the parser would drop one. */
function hasDoubledKey(json: string): boolean {
  const open: Set<string>[] = []
  let word = ''
  TOKENS.lastIndex = 0
  for (let found = TOKENS.exec(json); found !== null; found = TOKENS.exec(json)) {
    const [token] = found
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const keys = open.at(-1)
      const key = word.toLowerCase()
      if (keys?.has(key)) return true
      keys?.add(key)
    } else if (token !== ',') word = token
  }
  return false
}
