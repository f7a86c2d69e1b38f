/** Where a text stops being JSON (RFC 8259) and why: JSON.parse says that it is wrong, but not always where. */

export interface JsonFault {
  /** Index of the first character that cannot be. */
  readonly offset: number
  readonly message: string
}

const SPACE = /[ \t\n\r]*/y
/** Characters from the space on, but for the quote and the backslash; or an escape. */
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/uy
const OPEN_STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/uy
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'

interface Place {
  readonly text: string
  at: number
  readonly open: ('{' | '[')[]
  expected: Expected
}

/** The first fault, or undefined when the text is JSON. Reads each character a bounded number of times, and recurses not. */
export function jsonFault(text: string): JsonFault | undefined {
  const place: Place = { text, at: 0, open: [], expected: 'value' }
  for (;;) {
    skip(place, SPACE)
    if (place.expected === 'nothing' && place.at === text.length) return undefined
    if (place.at === text.length) return { offset: place.at, message: 'the JSON ends too early' }
    const message = step(place)
    if (message !== undefined) return { offset: place.at, message }
  }
}

/** Reads one token. Returns what is wrong, leaving the place at it. */
function step(place: Place): string | undefined {
  const character = place.text.charAt(place.at)
  switch (place.expected) {
    case 'nothing':
      return 'nothing may follow the JSON value'
    case 'colon':
      return character === ':' ? moved(place, 'value') : 'expected ":" after the property name'
    case 'comma or end':
      return afterValue(place, character)
    case 'key':
    case 'key or end':
      return readKey(place, character)
    default:
      return readValue(place, character)
  }
}

function afterValue(place: Place, character: string): string | undefined {
  const isObject = place.open.at(-1) === '{'
  const end = isObject ? '}' : ']'
  if (character === end) return closed(place)
  return character === ',' ? moved(place, isObject ? 'key' : 'value') : `expected "," or "${end}"`
}

function readKey(place: Place, character: string): string | undefined {
  if (character === '}' && place.expected === 'key or end') return closed(place)
  if (character === '}') return 'a comma before "}" is not JSON'
  if (character !== '"') return 'expected a property name in double quotes'
  return readString(place, 'colon')
}

function readValue(place: Place, character: string): string | undefined {
  if (character === '{' || character === '[') {
    place.open.push(character)
    return moved(place, character === '{' ? 'key or end' : 'value or end')
  }
  if (character === ']' && place.expected === 'value or end') return closed(place)
  if (character === '"') return readString(place, afterThis(place))
  if (skip(place, SCALAR) === 0) return valueFault(place, character)
  place.expected = afterThis(place)
  return undefined
}

function valueFault(place: Place, character: string): string {
  if (character === ']' && place.open.at(-1) === '[') return 'a comma before "]" is not JSON'
  if (character === '/') return 'comments are not JSON'
  return character === "'" ? 'strings take double quotes' : 'expected a value'
}

function readString(place: Place, next: Expected): string | undefined {
  if (skip(place, STRING) > 0) {
    place.expected = next
    return undefined
  }
  skip(place, OPEN_STRING)
  if (place.at === place.text.length) return 'the string is not closed'
  return place.text.charAt(place.at) === '\\' ? 'no such escape' : 'a line break or control character inside a string'
}

function moved(place: Place, next: Expected): undefined {
  place.at += 1
  place.expected = next
}

function closed(place: Place): undefined {
  place.open.pop()
  place.at += 1
  place.expected = afterThis(place)
}

function afterThis({ open }: Place): Expected {
  return open.length === 0 ? 'nothing' : 'comma or end'
}

/** Moves over what matches here; the length of it. */
function skip(place: Place, pattern: RegExp): number {
  pattern.lastIndex = place.at
  const length = pattern.exec(place.text)?.[0].length ?? 0
  place.at += length
  return length
}
