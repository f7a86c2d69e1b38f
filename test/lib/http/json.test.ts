import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { parseJson } from '#lib/http/json'

const refusal = (text: string): string => {
  try {
    parseJson(text)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return `${error.code}: ${error.message}`
  }
}

const noForbiddenKey = (value: unknown): boolean => !/"(?:__proto__|constructor|prototype)"/.test(JSON.stringify(value))

describe('JSON from strangers', () => {
  it('means what JSON.parse says, for all that JSON.stringify writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }).filter(noForbiddenKey),
        fc.nat(3),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent)
          expect(parseJson(text)).toEqual(JSON.parse(text))
        },
      ),
    )
  })

  it('never throws anything but malformed, whatever the text', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '\\u',
      'd800',
      '1e9',
      '-',
      '999',
      'null',
      ' ',
      'a',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (candidate) => {
        expect(refusal(candidate)).toMatch(/^(?:accepted|malformed: )/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses a key named twice in one object, however it is written, and allows it in two', () => {
    expect(refusal('{"a":1,"a":2}')).toMatch(/^malformed: .*twice/)
    expect(refusal('{"a":1,"\\u0061" : 2}')).toMatch(/^malformed: .*twice/)
    expect(refusal('[{"b":{"a":1,"c":{},"a":2}}]')).toMatch(/^malformed: .*twice/)
    expect(parseJson('[{"a":{"a":"a"}},{"a":"a:"}]')).toEqual([{ a: { a: 'a' } }, { a: 'a:' }])
  })

  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])('refuses the key %s', (key) => {
    expect(refusal(`{"x":[{"${key}":{"admin":true}}]}`)).toMatch(/^malformed: /)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it.each([
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '-1e999',
    '[1, 1e400]',
    '01',
    "{'a':1}",
    '{"a":1,}',
    '',
    '\ufeff{}',
  ])('refuses %j', (text) => {
    expect(refusal(text)).toMatch(/^malformed: /)
  })

  it('accepts 32 levels, refuses 33, and survives a hundred thousand', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(refusal(nested(32))).toBe('accepted')
    expect(refusal(nested(33))).toMatch(/^malformed: .*deeper/)
    expect(refusal(nested(100_000))).toMatch(/^malformed: /)
    expect(refusal('{"a":'.repeat(40_000))).toMatch(/^malformed: /)
    expect(refusal(`"${'['.repeat(100)}"`)).toBe('accepted')
  })

  it('replaces half characters, which no store takes, and keeps whole ones', () => {
    expect(parseJson('{"a":"x\\ud83d","b":"\\ud83d\\ude00"}')).toEqual({ a: 'x\ufffd', b: '😀' })
  })
})
