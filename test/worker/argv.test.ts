import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseArgv } from '#worker/argv'

describe('a command line', () => {
  it.each([
    ['claude -p', ['claude', '-p']],
    ["  run  'two words'  \"three 'more' words\" ", ['run', 'two words', "three 'more' words"]],
    [String.raw`a\ b "c\"d" 'e\f' g"h"'i'`, ['a b', 'c"d', String.raw`e\f`, 'ghi']],
    ['run \'\' ""', ['run', '', '']],
    ['echo $(id) `id` $HOME * ; | && > x', ['echo', '$(id)', '`id`', '$HOME', '*', ';', '|', '&&', '>', 'x']],
  ])('%s becomes %j', (line, argv) => {
    expect(parseArgv(line)).toEqual(argv)
  })

  it.each(['', '   ', "'' x", "run 'open", 'run "open', 'run \\', 'run a\0b'])('%j is refused', (line) => {
    expect(() => parseArgv(line)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('gives back any arguments that were quoted', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }).filter(([program]) => program !== ''),
        (argv) => {
          const quoted = argv.map((arg) => `'${arg.replaceAll("'", String.raw`'\''`)}'`).join(' ')
          expect(parseArgv(quoted)).toEqual(argv)
        },
      ),
    )
  })

  it('is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        try {
          expect(parseArgv(line).length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid' })
        }
      }),
    )
  })
})
