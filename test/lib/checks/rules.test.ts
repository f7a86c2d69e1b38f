import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { patternOf } from '#lib/checks/patterns'
import { rulesFrom } from '#lib/checks/policy-file'
import { BUILT_IN_RULES, readRules } from '#lib/checks/rules'
import { aTask } from './support/proposal.ts'

const policyBy = async (content: object, text: string) =>
  (await createChecks({ rules: readRules(content) }).run(aTask({ requirements: ['Unit tests'] }), text)).policy
const rule = { name: 'no-eval', pattern: '\\beval\\(', why: 'runs text as code' }

describe('the rules of a policy file', () => {
  it('come beside the built-in ones', async () => {
    const { violations } = await policyBy({ forbidden: [rule] }, 'unit tests; eval(x); chmod 777 a')
    expect(violations).toEqual([
      'line 1: world-writable: forbidden, lets everybody write',
      'line 1: no-eval: forbidden, runs text as code',
    ])
  })

  it('leave out those that are named, or all', async () => {
    expect(await policyBy({ without: ['world-writable'] }, 'unit tests; chmod 777 a')).toMatchObject({ passed: true })
    expect(await policyBy({ built_in: false }, 'unit tests; chmod 777 a; git push -f')).toMatchObject({ passed: true })
  })

  it('say whether requirements are judged, and whether case matters', async () => {
    expect(await policyBy({ requirements: 'ignore' }, 'nothing of the kind')).toMatchObject({ passed: true })
    expect(await policyBy({ forbidden: [{ ...rule, ignore_case: true }] }, 'unit tests; EVAL(x)')).toMatchObject({
      passed: false,
    })
  })

  it('mask the secrets they find', async () => {
    const secrets = [{ name: 'badge', pattern: 'badge-[0-9a-f]{12}', why: 'a badge number' }]
    const { violations } = await policyBy({ secrets }, 'unit tests: badge-0123456789ab')
    expect(violations).toEqual(['line 1: badge: holds a badge number: badg… (18 characters)'])
  })

  it('are refused with everything that is wrong', () => {
    expect(() => readRules({ forbidden: [{ ...rule, name: 'No Eval' }], without: ['nothing'], more: 1 })).toThrow(
      expect.objectContaining({
        code: 'invalid',
        errors: expect.arrayContaining([
          expect.objectContaining({ path: 'forbidden.0.name' }),
          expect.objectContaining({ path: 'without.0' }),
        ]),
      }),
    )
    expect(() => readRules({ forbidden: [rule, { ...rule, pattern: '(a+)+$' }] })).toThrow(
      'The policy file is wrong. forbidden.1.pattern: must not repeat a group that holds a repeat or a choice',
    )
  })
})

describe('a policy file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policy-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return rulesFrom(join(folder, name))
  }

  it('is YAML or JSON; an empty one changes nothing', async () => {
    const own = { forbidden: [rule], built_in: false }
    expect(await file('policy.json', JSON.stringify(own))).toEqual(readRules(own))
    expect(
      await file(
        'policy.yaml',
        "built_in: false\nforbidden:\n  - {name: no-eval, pattern: '\\beval\\(', why: runs text as code}\n",
      ),
    ).toEqual(readRules(own))
    expect(await file('empty.yaml', '# nothing yet\n')).toEqual(BUILT_IN_RULES)
  })

  it('that cannot be read is refused with the reason', async () => {
    await expect(rulesFrom(join(folder, 'none.yaml'))).rejects.toThrow(
      /^The policy file .*none.yaml cannot be read: ENOENT/,
    )
    await expect(file('bad.yaml', 'a: [')).rejects.toThrow('The policy file is neither YAML nor JSON')
    await expect(file('large.yaml', '#'.repeat(300_000))).rejects.toThrow('it is larger than 262144 bytes')
  })
})

describe('a pattern', () => {
  it.each([
    ['', 'must not be empty'],
    ['a'.repeat(301), 'must be at most 300 characters'],
    ['(', 'must be a regular expression'],
    ['a*', 'must not match everything'],
    ['(a+)+b', 'must not repeat a group'],
    ['(?:a|a)*b', 'must not repeat a group'],
    ['(?:(?:x[a-z]+)y){2,}', 'must not repeat a group'],
    ['([^)]*){11}z', 'must not repeat a group'],
    ['(a)\\1', 'must not refer back'],
    ['(?<n>a)\\k<n>', 'must not refer back'],
  ])('%j is refused', (source, why) => {
    expect(patternOf(source, false)).toEqual({ kind: 'bad', why: expect.stringContaining(why) })
  })

  it.each(['(?:a|b)c', '(?:a+b){1,10}', '[(a+)+]+x', '(?:ab)+c', 'a{2,}b+', '\\(a+\\)+', '(?=a+)a', '(?<n>a)b'])(
    '%j is taken',
    (source) => {
      expect(patternOf(source, false)).toMatchObject({ kind: 'pattern' })
    },
  )

  it('is read whatever it is', () => {
    const piece = fc.constantFrom('(', ')', '(?:', '[', ']', '*', '+', '{2,}', '{1,3}', '|', 'a', '\\', '^', '?')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (source) => {
          expect(['pattern', 'bad']).toContain(patternOf(source, true).kind)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
