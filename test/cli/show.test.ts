import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ago } from '#cli/show/age'
import { paintFor, plain } from '#cli/show/paint'
import { cut, jsonLines, oneLine, printable } from '#cli/show/printable'
import { aligned } from '#cli/show/table'

const NOW = Date.parse('2026-01-05T08:00:00Z')

describe('text from outside', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u009b2J', '\\u009b2J'],
    ['abc\u202Etxt', 'abc\\u202etxt'],
    ['zero\u200Bwidth', 'zero\\u200bwidth'],
    ['line\u2028break', 'line\\u2028break'],
    ['\u{E0041}tag', '\\udb40\\udc41tag'],
    ['Grüße, 世界 👍', 'Grüße, 世界 👍'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it.each([
    ['The command exited with code 3.\n\n  cannot open /nope\r\n', 'The command exited with code 3. cannot open /nope'],
    ['one line', 'one line'],
    ['\n', ''],
  ])('%j on one line is %j', (text, shown) => {
    expect(oneLine(text)).toBe(shown)
  })

  it('never moves the cursor, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
      }),
    )
  })

  it('is the same value in JSON that is shown', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const lines = jsonLines(value)
        expect(lines.join('\n')).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/u)
        expect(JSON.parse(lines.join('\n'))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is cut by characters, with a sign that it was', () => {
    expect(cut('👍👍👍', 2)).toBe('👍…')
    expect(cut('abc', 3)).toBe('abc')
  })
})

describe('a time', () => {
  it.each([
    ['2026-01-05T07:59:58Z', '2 s ago'],
    ['2026-01-05T07:57:00Z', '3 min ago'],
    ['2026-01-05T03:00:00Z', '5 h ago'],
    ['2026-01-02T08:00:00Z', '3 d ago'],
    ['2026-01-05T08:00:20Z', 'in 20 s'],
    [null, '–'],
    ['no time', '–'],
  ])('%s is %s', (time, shown) => {
    expect(ago(time, NOW)).toBe(shown)
  })
})

describe('a table', () => {
  it('stands in columns that are as wide as their widest cell', () => {
    expect(
      aligned([
        ['A', 'B'],
        ['long', 'x', 'y'],
        ['a', '', ''],
      ]),
    ).toEqual(['A     B', 'long  x  y', 'a'])
  })

  it('is coloured by cell without losing its columns', () => {
    const paint = paintFor(true, {})
    expect(aligned([[{ text: 'ab', colour: 'red' }, 'x']], { paint, columns: undefined })).toEqual([
      '\u001b[31mab\u001b[39m  x',
    ])
  })

  it('is not wider than the terminal', () => {
    expect(aligned([['abcdef', 'ghijkl']], { paint: plain, columns: 10 })).toEqual(['abcdef  g…'])
    expect(aligned([['abcdef', 'ghijkl']], { paint: plain, columns: 5 })).toEqual(['abcd…'])
  })
})

describe('colours', () => {
  it('are on a terminal only, and never where NO_COLOR is set', () => {
    expect(paintFor(true, {})('red', 'x')).not.toBe('x')
    expect(paintFor(false, {})('red', 'x')).toBe('x')
    expect(paintFor(true, { NO_COLOR: '1' })('red', 'x')).toBe('x')
    expect(paintFor(true, { TERM: 'dumb' })('red', 'x')).toBe('x')
  })
})
