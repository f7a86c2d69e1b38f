import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonFault } from '#lib/checks/json-fault'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the fault of a text that is no JSON', () => {
  it.each([
    ['{"a": tru}', 6, 'expected a value'],
    ['{"a": 1,}', 8, 'a comma before "}" is not JSON'],
    ['[1, 2,]', 6, 'a comma before "]" is not JSON'],
    ["{'a': 1}", 1, 'expected a property name in double quotes'],
    ["['a']", 1, 'strings take double quotes'],
    ['{"a" 1}', 5, 'expected ":" after the property name'],
    ['{"a": 1 "b": 2}', 8, 'expected "," or "}"'],
    ['[1 2]', 3, 'expected "," or "]"'],
    ['// a\n{}', 0, 'comments are not JSON'],
    ['{} {}', 3, 'nothing may follow the JSON value'],
    ['"a', 2, 'the string is not closed'],
    ['"a\nb"', 2, 'a line break or control character inside a string'],
    ['"\\x"', 1, 'no such escape'],
    ['{"a": [', 7, 'the JSON ends too early'],
    ['', 0, 'the JSON ends too early'],
  ])('of %j is named with its place', (text, offset, message) => {
    expect(jsonFault(text)).toEqual({ offset, message })
  })

  it('is found exactly where JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\n',
      '1',
      '-0.5e+3',
      '01',
      'true',
      'null',
      ' ',
      '\n',
      '\u0000',
      '😀',
    )
    const broken = fc.tuple(fc.json(), fc.nat(), piece).map(([text, at, one]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + one + text.slice(place + 1)
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          broken,
          fc.array(piece).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          expect(jsonFault(text) === undefined).toBe(isJson(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is found in texts that nest deeper than any stack', () => {
    expect(jsonFault('['.repeat(100_000))).toEqual({ offset: 100_000, message: 'the JSON ends too early' })
  })
})
