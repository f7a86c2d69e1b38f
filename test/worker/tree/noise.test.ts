import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '#worker/tree/gits'
import { convertEndings, planNoise } from '#worker/tree/noise'

const aChange = (changes: Partial<Change> = {}): Change => ({
  path: 'f',
  oldMode: '100644',
  mode: '100644',
  oldBlob: 'a',
  blob: 'b',
  status: 'M',
  ...changes,
})

describe('a changed file', () => {
  const verdictOf = (
    change: Change,
    facts: { plain?: string; lenient?: string; script?: boolean; attributes?: boolean },
  ) => {
    const { plain = '2\t2', lenient, script = false, attributes = false } = facts
    const plan = planNoise({
      changes: [change],
      plain: new Map([['f', plain]]),
      lenient: new Map(lenient === undefined ? [] : [['f', lenient]]),
      scripts: new Set(script ? ['f'] : []),
      attributes,
    })
    return (['blanks', 'modes', 'mixed'] as const).filter((kind) => plan[kind].length > 0)
  }

  it.each([
    ['with blanks at line ends alone', aChange(), {}, ['blanks']],
    ['with those and its mode', aChange({ mode: '100755' }), { lenient: '0\t0' }, ['blanks', 'modes']],
    ['with other lines, too', aChange(), { lenient: '1\t1' }, ['mixed']],
    ['with other lines alone', aChange(), { lenient: '2\t2' }, []],
    ['that is binary', aChange(), { plain: '-\t-', lenient: '-\t-' }, []],
    ['with its mode alone', aChange({ mode: '100755', blob: 'a' }), { plain: '0\t0', lenient: '0\t0' }, ['modes']],
    ['that is a script made runnable', aChange({ mode: '100755', blob: 'a' }), { plain: '0\t0', script: true }, []],
    [
      'that is a script and runs no more',
      aChange({ oldMode: '100755', blob: 'a' }),
      { plain: '0\t0', script: true },
      ['modes'],
    ],
    ['with blanks alone beside a .gitattributes', aChange(), { attributes: true }, []],
    ['that became a link', aChange({ mode: '120000', status: 'T' }), {}, []],
  ])('%s', (_, change, facts, kinds) => {
    expect(verdictOf(change, facts)).toEqual(kinds)
  })
})

describe('line endings', () => {
  it.each([
    ['a\n', 'a\r\nb\r\n', 'a\nb\n'],
    ['a\r\n', 'a\nb\n', 'a\r\nb\r\n'],
    ['a\n', 'a\nb\r\n', null],
    ['a\n', 'b\n', null],
    ['a', 'a\r\n', null],
    ['a\r\nb\n', 'a\nb\n', null],
  ])('of %j are kept in %j', (before, after, converted) => {
    expect(convertEndings(before, after)).toBe(converted)
  })

  it('change nothing else', () => {
    const lines = fc.array(fc.stringMatching(/^[^\r\n]*$/), { minLength: 1 })
    fc.assert(
      fc.property(lines, (text) => {
        const [unix, windows] = [`${text.join('\n')}\n`, `${text.join('\r\n')}\r\n`]
        expect(convertEndings('x\n', windows)).toBe(unix)
        expect(convertEndings('x\r\n', unix)).toBe(windows)
      }),
    )
  })
})
