import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { withinTime } from '#lib/checks/time-limit'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: "a:1"}]}'

describe('the checks of a proposal', () => {
  it('pass together when each of them passes', async () => {
    expect(await checks.run(aTask(), `Fine.\n\n${fenced('yaml', POD)}`)).toMatchObject({
      policy: { passed: true },
      lint: { passed: true },
      dryrun: { passed: true },
      additional_checks: [],
      all_passed: true,
    })
  })

  it.each([
    ['policy', 'chmod 777 a'],
    ['lint', fenced('json', '{')],
    ['dryrun', fenced('yaml', POD.replace('{name: a}', '{}'))],
  ])('fail together when only %s fails', async (failed, text) => {
    const { policy, lint, dryrun, all_passed } = await checks.run(aTask(), text)
    const verdicts = { policy: policy.passed, lint: lint.passed, dryrun: dryrun.passed }
    expect(verdicts).toEqual({ policy: true, lint: true, dryrun: true, [failed]: false })
    expect(all_passed).toBe(false)
  })

  it('answer the same to the same, whatever it is, with texts that fit a line', async () => {
    const code = fc.oneof(fc.constant(POD), fc.json(), fc.string(), fc.constant('let a; let a'))
    const block = fc
      .tuple(fc.constantFrom('ts', 'json', 'yaml', 'sh'), code)
      .map(([language, text]) => fenced(language, text))
    const proposal = fc.array(fc.oneof(block, fc.string({ unit: 'binary' }), fc.constant('```')), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(proposal, async (parts) => {
        const content = parts.join('\n')
        const suite = await checks.run(aTask({ requirements: ['Unit tests'] }), content)
        expect(await createChecks().run(aTask({ requirements: ['Unit tests'] }), content)).toEqual(suite)
        for (const text of [...suite.policy.violations, ...suite.lint.errors, ...suite.dryrun.output.split('\n')]) {
          expect(text.length).toBeLessThan(320)
          expect(text.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('refuse a text that is far too long', async () => {
    const suite = await checks.run(aTask(), 'a'.repeat(200_001))
    expect(suite).toMatchObject({ all_passed: false, lint: { errors: ['longer than 200000 characters: not checked'] } })
  })

  it('are stopped when a text is made to keep the parser busy for ages', async () => {
    const hostile = `${fenced('ts', `${'async<T>('.repeat(60)}${'a ? (b, c) : d => '.repeat(60)}`)}\n${fenced('ts', '<T>('.repeat(60))}`
    const suite = await createChecks({ timeoutMs: 200 }).run(aTask(), hostile)
    expect(suite).toMatchObject({
      lint: { passed: false, error_count: 1, errors: ['stopped after 200 ms: too costly to check'] },
      unjudged: expect.arrayContaining(['lint']),
      policy: { passed: true },
      all_passed: false,
    })
  })
})

describe('work within a time', () => {
  it('gives its value', () => {
    expect(withinTime(1000, () => 7)).toEqual({ kind: 'done', value: 7 })
  })

  it('is stopped when it does not end', () => {
    const forever = () => {
      for (;;);
    }
    expect(withinTime(20, forever)).toEqual({ kind: 'stopped' })
    expect(withinTime(20, () => /^(a+)+$/.test(`${'a'.repeat(40)}b`))).toEqual({ kind: 'stopped' })
  })

  it('throws what it throws', () => {
    const broken = () => {
      throw new TypeError('broken')
    }
    expect(() => withinTime(1000, broken)).toThrow(new TypeError('broken'))
  })
})
