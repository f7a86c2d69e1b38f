import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const lint = async (text: string) => (await checks.run(aTask(), text)).lint

describe('lint', () => {
  it.each([
    ['ts', 'const a: number = 1\nreturn await f<string>(a satisfies 1)'],
    ['typescript', '@Injectable()\nexport class A { constructor(@Inject() private readonly b: B) {} }'],
    ['tsx', 'export const A = (props: Props) => <p>{props.a}</p>'],
    ['js', 'module.exports = () => <b />'],
    ['javascript', 'import a from "a"\nawait a()'],
    ['json', '{"a": [1, null]}'],
    ['yaml', 'a: &x [1]\nb: *x\n---\nc: 2'],
  ])('passes %s that parses', async (language, code) => {
    expect(await lint(fenced(language, code))).toEqual({ passed: true, error_count: 0, warning_count: 0, errors: [] })
  })

  it.each([
    ['ts', 'const a: = 1', 'line 4: ts: Unexpected token'],
    ['js', 'const a: number = 1', 'line 4: js: Unexpected token'],
    ['js', 'let b\nlet b', "line 5: js: Identifier 'b' has already been declared."],
    ['json', '{\n  "a": tru\n}', 'line 5: json: expected a value (column 8)'],
    ['yaml', 'a: 1\na: 2', 'line 5: yaml: the key a is repeated'],
    ['yaml', 'a: [1', 'line 4: yaml: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['yml', 'ok: 1\n---\nb: "x', 'line 6: yml: Missing closing "quote'],
  ])('names the line of what is wrong in %s: %j', async (language, code, error) => {
    const found = await lint(`# Plan\n\n${fenced(language, code)}`)
    expect(found).toMatchObject({ passed: false, error_count: expect.any(Number) })
    expect(found.errors[0]).toBe(error)
  })

  it('counts every error the parser recovers from', async () => {
    expect(await lint(fenced('js', 'let a; let a; let a'))).toMatchObject({ error_count: 2 })
  })

  it('refuses a block that is never closed', async () => {
    expect(await lint('text\n```ts\nlet a')).toEqual({
      passed: false,
      error_count: 1,
      warning_count: 0,
      errors: ['line 2: the code block that begins here is not closed'],
    })
  })

  it('tells warnings as such, and they fail nothing', async () => {
    const found = await lint(fenced('yaml', '%FOO\n---\na: 1'))
    expect(found).toMatchObject({ passed: true, error_count: 0, warning_count: 1 })
    expect(found.errors[0]).toMatch(/^warning: line 2: yaml: /)
  })

  it('says what it did not lint', async () => {
    const text = [fenced('rust', 'fn'), fenced('bash', 'if'), fenced('', 'x'), fenced('rust', 'fn')].join('\n')
    expect(await lint(text)).toEqual({
      passed: true,
      error_count: 0,
      warning_count: 0,
      errors: ['note: not linted: 4 blocks of other languages (bash, no language named, rust)'],
    })
  })

  it('says when there is nothing to lint', async () => {
    expect(await lint('All in prose.')).toMatchObject({
      passed: true,
      errors: ['note: nothing to lint: the proposal has no fenced code block'],
    })
  })

  it('lists twenty errors and counts the others', async () => {
    const found = await lint(Array.from({ length: 30 }, () => fenced('json', '{')).join('\n'))
    expect(found.error_count).toBe(30)
    expect(found.errors).toHaveLength(21)
    expect(found.errors.at(-1)).toBe('… and 10 more')
  })

  it('looks at a hundred blocks and says so', async () => {
    const found = await lint(Array.from({ length: 130 }, () => fenced('json', '{}')).join('\n'))
    expect(found.errors).toEqual(['note: only the first 100 of 130 blocks are checked'])
  })

  it.each([
    ['ts', '('.repeat(90_000)],
    ['json', '['.repeat(40_000) + ']'.repeat(40_000)],
    ['yaml', '['.repeat(20_000)],
    [
      'yaml',
      `a: &a [x, x]\n${Array.from({ length: 9 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}, *a, *a, *a]`).join('\n')}`,
    ],
  ])('survives hostile %s', async (language, code) => {
    expect(await lint(fenced(language, code))).toMatchObject({ passed: false })
  })
})
