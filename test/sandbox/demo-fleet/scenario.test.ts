import { describe, expect, it } from 'vitest'
import { declaredIn } from '#lib/queue/declared'
import { FULL, SMALL } from '#sandbox/demo-fleet/issues'
import { bodyOf, filesOverlap, type Issue, REPOSITORY, repositoryFiles, scenarioOf } from '#sandbox/demo-fleet/scenario'

/** Issues in a row, each of which needs the one before. */
function depth(issue: Issue, issues: readonly Issue[]): number {
  const before = issue.dependsOn.flatMap((number) => issues.filter((other) => other.number === number))
  return 1 + Math.max(0, ...before.map((other) => depth(other, issues)))
}

describe('the scenario', () => {
  it('has 30 issues of every priority, with chains, a fan-in and files that several want', () => {
    const { issues } = FULL

    expect(issues.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
    expect(new Set(issues.map(({ priority }) => priority))).toEqual(new Set(['critical', 'high', 'medium', 'low']))
    expect(Math.max(...issues.map((issue) => depth(issue, issues)))).toBeGreaterThanOrEqual(6)
    expect(Math.max(...issues.map(({ dependsOn }) => dependsOn.length))).toBeGreaterThanOrEqual(3)
    const overlapping = issues.flatMap((one, at) =>
      issues.slice(at + 1).filter((other) => filesOverlap(one.files, other.files)),
    )
    expect(overlapping.length).toBeGreaterThanOrEqual(10)
  })

  it.each([FULL, SMALL])(
    'can be done: nothing waits for itself, and each asks for a function of its own',
    (scenario) => {
      for (const issue of scenario.issues) expect(depth(issue, scenario.issues)).toBeLessThan(scenario.issues.length)
      expect(new Set(scenario.issues.map(({ name }) => name)).size).toBe(scenario.issues.length)
    },
  )

  it('writes bodies that declare to the queue what it means', () => {
    for (const issue of FULL.issues) {
      expect(declaredIn(bodyOf(issue), REPOSITORY)).toEqual({
        depends_on: issue.dependsOn.map((number) => `#${number}`),
        files: issue.files,
      })
    }
  })

  it('begins with a repository in which every function is there and none is written', () => {
    const files = repositoryFiles(SMALL)

    for (const { name, file } of SMALL.issues) {
      expect(files[file]).toContain(`export function ${name}() {\n  throw new Error('Not written yet.')\n}`)
    }
  })

  it('refuses what depends on a function that no issue writes', () => {
    const chore = { title: 'A', writes: ['a', 'src/a.ts'], priority: 'low', after: ['b'] } as const

    expect(() => scenarioOf([chore], { killAt: 'a', sendBack: { name: 'a', feedback: 'No.' } })).toThrow('writes b')
  })
})

describe('files', () => {
  it.each([
    ['src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/b.ts', false],
    ['src/cart/**', 'src/cart/lines.ts', true],
    ['src/cart/**', 'src/cart/deep/**', true],
    ['src/cart/**', 'src/carts.ts', false],
    ['src/cart/**', 'src/stock/**', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(filesOverlap([a], [b])).toBe(expected)
    expect(filesOverlap([b], ['docs/x.md', a])).toBe(expected)
  })
})
