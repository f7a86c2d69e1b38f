/** Reads JSON from strangers: one meaning only, bounded depth, no key that could reach a prototype. */
import { AppError } from '#lib/errors'

/** Objects and arrays inside each other; what we accept needs five. */
const DEPTH_MAX = 32
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const NUMBER = /[-+.\deE]+/y
const SURROGATE_ESCAPE = /\\u[dD][89abAB]/

/**
 * The value that `text` stands for. Lone surrogates become U+FFFD, because no store or service takes them.
 * Throws `malformed` for text that is not JSON, nests deeper than 32, names a key twice or a forbidden one, or holds a
 * number that no double can hold.
 */
export function parseJson(text: string): unknown {
  const value = parse(text)
  survey(text)
  // The second pass is rare: only escapes can smuggle half a character into valid UTF-8.
  return SURROGATE_ESCAPE.test(text) ? JSON.parse(text, wellFormed) : value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed('is not JSON: send one object, in UTF-8, without comments or trailing commas', cause)
  }
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/** The objects (with the keys seen) and arrays (undefined) around a place. */
type Around = (Set<string> | undefined)[]

/** Walks the tokens of valid JSON for what JSON.parse lets pass. */
function survey(text: string): void {
  const around: Around = []
  let at = 0
  while (at < text.length) at = step(text, at, around)
}

/** Looks at the token at `at`; returns where the next may begin. */
function step(text: string, at: number, around: Around): number {
  const char = text.charAt(at)
  switch (char) {
    case '{':
    case '[':
      if (around.push(char === '{' ? new Set() : undefined) > DEPTH_MAX)
        throw malformed(`nests deeper than ${DEPTH_MAX}`)
      return at + 1
    case '}':
    case ']':
      around.pop()
      return at + 1
    case '"':
      return overString(text, at, around.at(-1))
    default:
      return char === '-' || (char >= '0' && char <= '9') ? overNumber(text, at) : at + 1
  }
}

function overString(text: string, opening: number, keys: Set<string> | undefined): number {
  const closing = closingQuote(text, opening)
  if (keys !== undefined && isKey(text, closing)) noteKey(keys, JSON.parse(text.slice(opening, closing + 1)) as string)
  return closing + 1
}

function closingQuote(text: string, opening: number): number {
  let at = opening + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function isKey(text: string, closing: number): boolean {
  let at = closing + 1
  while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at++
  return text[at] === ':'
}

function noteKey(keys: Set<string>, key: string): void {
  if (FORBIDDEN_KEYS.has(key)) throw malformed(`may not name a key ${key}`)
  if (keys.has(key)) throw malformed('names a key twice')
  keys.add(key)
}

function overNumber(text: string, at: number): number {
  NUMBER.lastIndex = at
  const [digits = ''] = NUMBER.exec(text) ?? []
  if (!Number.isFinite(Number(digits))) throw malformed('holds a number that is too large')
  return at + digits.length
}

function malformed(why: string, cause?: unknown): AppError {
  return new AppError('malformed', `The body ${why}.`, { cause })
}
