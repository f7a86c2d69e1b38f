/** Patterns that somebody configured: compiled once, and refused when hostile text could make them run for ages. */

/** Characters of a pattern. */
const LONGEST_PATTERN = 300
/** A group that repeats may repeat something itself when it does so no more often than this. */
const MOST_REPEATS = 10

export type Pattern =
  | { readonly kind: 'pattern'; readonly regex: RegExp }
  | { readonly kind: 'bad'; readonly why: string }

/** Compiles `source` (JavaScript's syntax, Unicode mode, matched line by line), or says what is wrong with it. */
export function patternOf(source: string, ignoreCase: boolean): Pattern {
  const why = faultOf(source)
  return why === undefined
    ? { kind: 'pattern', regex: new RegExp(source, ignoreCase ? 'giu' : 'gu') }
    : { kind: 'bad', why }
}

function faultOf(source: string): string | undefined {
  if (source === '') return 'must not be empty'
  if (source.length > LONGEST_PATTERN) return `must be at most ${LONGEST_PATTERN} characters`
  try {
    if (new RegExp(source, 'u').test('')) return 'must not match everything'
  } catch {
    return 'must be a regular expression of JavaScript in Unicode mode'
  }
  return costOf(source)
}

interface Group {
  repeats: boolean
  branches: boolean
}

/** An escape, a class, the head of a group, a quantifier, or any one character. */
const TOKEN = /\\[1-9]|\\k<|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|[*+]\??|\{\d+(?:,\d*)?\}\??|./gsu

/**
 * Backtracking grows without bound when what repeats can match the same text in several ways: a repeat or a choice inside
 * a repeat, or a reference back. Those are refused, harmless ones among them.
 */
function costOf(source: string): string | undefined {
  const open: Group[] = [{ repeats: false, branches: false }]
  let last: Group | undefined
  for (const [token] of source.matchAll(TOKEN)) {
    if (/^\\(?:[1-9]|k)/.test(token)) return 'must not refer back to a group'
    const most = repeatsOf(token)
    const isRisky = last !== undefined && (last.repeats || last.branches)
    if (isRisky && most > MOST_REPEATS) return 'must not repeat a group that holds a repeat or a choice'
    last = read(open, token, most)
  }
  return undefined
}

/** Takes the token in; the group that it closes. */
function read(open: Group[], token: string, most: number): Group | undefined {
  const group = open.at(-1)
  if (token === '|' && group !== undefined) group.branches = true
  if (most > 1 && group !== undefined) group.repeats = true
  if (token.startsWith('(')) open.push({ repeats: false, branches: false })
  if (token !== ')' || open.length === 1) return undefined
  const closed = open.pop()
  const outer = open.at(-1)
  if (closed !== undefined && outer !== undefined) {
    outer.repeats ||= closed.repeats
    outer.branches ||= closed.branches
  }
  return closed
}

/** How often the quantifier lets its atom repeat; 1 when the token is none. */
function repeatsOf(token: string): number {
  if (/^[*+]/.test(token)) return Number.POSITIVE_INFINITY
  const [, least, comma, most] = /^\{(\d+)(?:(,)(\d*))?\}/.exec(token) ?? []
  if (least === undefined) return 1
  if (comma === undefined) return Number(least)
  return most === '' ? Number.POSITIVE_INFINITY : Number(most)
}
