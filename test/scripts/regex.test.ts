import { describe, expect, it } from 'vitest'
import { collectExpressions } from '#scripts/regex/collect'
import { EXCEPTIONS } from '#scripts/regex/exceptions'
import { judge } from '#scripts/regex/judge'
import { problemsOf } from '#scripts/regex/report'
import { allExpressions, nameOf } from '#scripts/regex/sources'
import { readVerdicts } from '#scripts/regex/verdicts'

const sourcesOf = (code: string) => collectExpressions('a.ts', code).map(({ source }) => source)

describe('the expressions of a file', () => {
  it('are its literals, wherever they stand', () => {
    expect(sourcesOf('f(/a+/g, "x/y/z"); const b = { c: /d\\/e/ }; // /no/')).toEqual(['a+', 'd\\/e'])
  })

  it('are those made of constants: texts, templates, sums, and the sources of others', () => {
    const code = `
      const WORD = String.raw\`\\w+\`
      const DIGIT = /\\d/
      new RegExp('^' + WORD + '$', 'i'); RegExp(\`\${DIGIT.source}{\${3}}\`)`

    expect(sourcesOf(code)).toEqual(['\\d', '^\\w+$', '\\d{3}'])
  })

  it('are named without a source when they are made of anything else', () => {
    expect(sourcesOf('let a = "x"; new RegExp(a); new RegExp(b)')).toEqual([undefined, undefined])
  })
})

describe('the verdict on an expression', () => {
  it.each([
    ['exponential', '^(a+)+$'],
    ['cubic', '^\\s*(\\s*x)?\\s*$'],
    ['quadratic', '\\s+$'],
  ])('refuses what is %s', (...[, source]) => {
    expect(judge(source, '')).toBe('vulnerable')
  })

  it('lets pass what is linear', () => {
    expect(judge('^\\s*x', '')).toBe('safe')
  })
})

describe('the code', () => {
  const found = allExpressions()

  it('has no expression that is known to be slow without a reason, and no reason without need', () => {
    const verdicts = readVerdicts()
    const judged = found.filter((it) => it.source === undefined || verdicts.has(nameOf(it)))

    expect(problemsOf(judged, verdicts, EXCEPTIONS), 'run `npm run regex`').toEqual([])
    expect(judged.length).toBeGreaterThan(400)
  })

  it('gives each exception a reason', () => {
    const reasons = [...Object.values(EXCEPTIONS.allowed), ...Object.values(EXCEPTIONS.made)]

    expect(reasons.filter((reason) => reason.length < 30)).toEqual([])
  })

  it('is refused when an expression turns up that was not judged', () => {
    const unseen = { file: 'lib/a.ts', line: 3, text: '/x+$/', source: 'x+$', flags: '' }

    const problems = problemsOf([...found, unseen], readVerdicts(), EXCEPTIONS)

    expect(problems.join('\n')).toContain(`lib/a.ts:3 ${nameOf(unseen)} is not judged`)
  })
})
