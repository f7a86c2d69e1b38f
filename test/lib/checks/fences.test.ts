import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeBlocks } from '#lib/checks/fences'

const codes = (text: string) => codeBlocks(text).map(({ code }) => code)

/** Of CommonMark's specification, section 4.5, and of its sections on quotes and lists: text, and the code in it. */
const EXAMPLES: readonly (readonly [text: string, codes: readonly string[]])[] = [
  ['```\n<\n >\n```', ['<\n >']],
  ['~~~\n<\n >\n~~~', ['<\n >']],
  ['``\nfoo\n``', []],
  ['```\naaa\n~~~\n```', ['aaa\n~~~']],
  ['~~~\naaa\n```\n~~~', ['aaa\n```']],
  ['````\naaa\n```\n``````', ['aaa\n```']],
  ['~~~~\naaa\n~~~\n~~~~', ['aaa\n~~~']],
  ['```', ['']],
  ['`````\n\n```\naaa', ['\n```\naaa']],
  ['> ```\n> aaa\n\nbbb', ['aaa']],
  ['```\n\n  \n```', ['\n  ']],
  ['```\n```', ['']],
  [' ```\n aaa\naaa\n```', ['aaa\naaa']],
  ['  ```\naaa\n  aaa\naaa\n  ```', ['aaa\naaa\naaa']],
  ['   ```\n   aaa\n    aaa\n  aaa\n   ```', ['aaa\n aaa\naaa']],
  ['    ```\n    aaa\n    ```', []],
  ['```\naaa\n  ```', ['aaa']],
  ['   ```\naaa\n  ```', ['aaa']],
  ['```\naaa\n    ```', ['aaa\n    ```']],
  ['``` ```\naaa', []],
  ['~~~~~~\naaa\n~~~ ~~', ['aaa\n~~~ ~~']],
  ['foo\n```\nbar\n```\nbaz', ['bar']],
  ['foo\n---\n~~~\nbar\n~~~\n# baz', ['bar']],
  ['``` aa ```\nfoo', []],
  ['~~~ aa ``` ~~~\nfoo\n~~~', ['foo']],
  ['```\n``` aaa\n```', ['``` aaa']],
  ['1.  foo\n\n    ```\n    bar\n    ```\n\n    baz', ['bar']],
  ['-\n  foo\n-\n  ```\n  bar\n  ```', ['bar']],
  ['- a\n- ```\n  b\n\n\n  ```\n- c', ['b\n\n']],
  ['* a\n  > b\n  ```\n  c\n  ```', ['c']],
  ['- - -\n```\na\n```', ['a']],
  ['-\n\n  ```\n  a\n  ```', ['a']],
  ['>\t```\n>\ta\n>\t```', [' a'].map((code) => code.trimStart())],
  ['- a\n=\n  ```\nb', ['']],
]

describe('fenced code blocks', () => {
  it.each(EXAMPLES)('are found as CommonMark says in %j', (text, expected) => {
    expect(codes(text)).toEqual(expected)
  })

  it.each([
    ['```ts', 'ts'],
    ['``` TypeScript title="a.ts"', 'typescript'],
    ['~~~yaml', 'yaml'],
    ['```ts:src/a.ts', 'ts'],
    ['```ts{1,3}', 'ts'],
    ['```c++', 'c++'],
    ['```', ''],
  ])('have the language that %j names', (fence, language) => {
    expect(codeBlocks(`${fence}\na`)).toMatchObject([{ language }])
  })

  it('know where they begin, whatever ends a line', () => {
    expect(codeBlocks('a\r\n\r\n```\r\nb\r\n```\rc\n~~~\nd\n~~~')).toEqual([
      { language: '', code: 'b', line: 3, closed: true },
      { language: '', code: 'd', line: 7, closed: true },
    ])
  })

  it('are open when the text, or the quote around them, ends first', () => {
    expect(codeBlocks('```\na')).toMatchObject([{ closed: false }])
    expect(codeBlocks('> ```\n> a\nb\n')).toMatchObject([{ code: 'a', closed: false }])
  })

  it('come back as they were put in, inside any fence that is long enough', () => {
    const line = fc.string({ unit: fc.constantFrom('`', '~', ' ', '\t', '>', '-', '1', '.', 'a', 'é') })
    const around = fc.constantFrom('', '> ', '- ', '1. ', '> - ', '   ')
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.constantFrom('`', '~'), around, (lines, mark, prefix) => {
        const fence = mark.repeat(Math.max(3, ...lines.map((one) => one.length + 1)))
        const rest = prefix.replaceAll(/[^>]/g, ' ')
        const [first, ...others] = [`${fence}x`, ...lines, fence]
        const text = [prefix + first, ...others.map((one) => rest + one)].join('\n')

        const [block, ...more] = codeBlocks(`before\n\n${text}\n\nafter`)

        expect(more).toEqual([])
        expect(block).toMatchObject({ language: 'x', line: 3, closed: true })
        // A line of white space alone stands for an empty one inside a list.
        const plain = (code: string) => code.replaceAll(/^[ \t]+$/gm, '')
        if (prefix === '') expect(block?.code).toBe(lines.join('\n'))
        else if (!lines.some((one) => one.includes('\t')))
          expect(plain(block?.code ?? '')).toBe(plain(lines.join('\n')))
      }),
    )
  })

  it('are found in any text, each on a line of its own that holds a fence', () => {
    const piece = fc.constantFrom(
      '```',
      '~~~~',
      '> ',
      '- ',
      '10. ',
      '\t',
      '    ',
      '\n',
      '\n\n',
      'a',
      '# ',
      '---',
      '=',
      'ts',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('')
        const lines = text.split('\n')
        const blocks = codeBlocks(text)
        expect(blocks.every(({ line }) => /```|~~~/.test(lines[line - 1] ?? ''))).toBe(true)
        expect(blocks.map(({ line }) => line)).toEqual(
          [...new Set(blocks.map(({ line }) => line))].sort((a, b) => a - b),
        )
      }),
      { numRuns: 500 },
    )
  })
})
