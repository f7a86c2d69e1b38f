import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronJobName, labelValue } from '#lib/cluster/names'

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
/** Ids that are likely to collide: few characters, hyphens, both cases. */
const tricky = fc.stringMatching(/^[aA1f-]{0,12}$/)
const any = fc.oneof(
  tricky,
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const pair = fc.tuple(any, any)

describe('the name of a CronJob', () => {
  it('is the plain one for the usual ids', () => {
    expect(cronJobName('TEST-001', 'TEST-001-S12')).toBe('run-dailyscrum-test-001-test-001-s12')
    expect(cronJobName('APOLLO', 'APOLLO-S01')).toBe('run-dailyscrum-apollo-apollo-s01')
    expect(cronJobName('A-B-C', 'A-B-C-S03')).toBe('run-dailyscrum-a-b-c-a-b-c-s03')
    expect(cronJobName('APOLLO', 'MOON-LANDING')).toBe('run-dailyscrum-apollo-moon-landing')
  })

  it('is cut and suffixed with a hash when it would be too long', () => {
    const name = cronJobName('ENTERPRISE-RESOURCE-PLANNING', 'ENTERPRISE-RESOURCE-PLANNING-S01')

    expect(name).toMatch(/^run-dailyscrum-enterprise-resource-planni-[0-9a-f]{10}$/)
    expect(name).toHaveLength(52)
  })

  it.each([
    ['split elsewhere', ['A', 'B-C'], ['A-B', 'C']],
    ['in another case', ['SHOP', 'SHOP-S01'], ['shop', 'shop-S01']],
    ['with unsafe characters', ['A_B', 'S1'], ['A.B', 'S1']],
    ['alike in their first characters', ['X'.repeat(60), '1'], ['X'.repeat(60), '2']],
    [
      'that spells a hash',
      ['A_B', 'S1'],
      ['A', cronJobName('A_B', 'S1').replace('run-dailyscrum-a-', '').toUpperCase()],
    ],
  ])('tells apart ids %s', (_, [project, sprint], [otherProject, otherSprint]) => {
    expect(cronJobName(project!, sprint!)).not.toBe(cronJobName(otherProject!, otherSprint!))
  })

  it('is DNS-safe and short for whatever ids', () => {
    fc.assert(
      fc.property(pair, ([project, sprint]) => {
        const name = cronJobName(project, sprint)
        expect(name).toMatch(DNS_LABEL)
        expect(name.length).toBeLessThanOrEqual(52)
        expect(name.startsWith('run-dailyscrum-')).toBe(true)
      }),
    )
  })

  it('is never that of another sprint', () => {
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        fc.pre(one[0] !== other[0] || one[1] !== other[1])
        expect(cronJobName(...one)).not.toBe(cronJobName(...other))
      }),
      { numRuns: 5000 },
    )
  })

  it('is never that of another sprint, among all short ids of capitals and hyphens', () => {
    const letters = ['A', 'B', '-', '1']
    const ids = [
      ...letters,
      ...letters.flatMap((a) => letters.flatMap((b) => [a + b, ...letters.map((c) => a + b + c)])),
    ]
    const pairs = ids.flatMap((project) => ids.map((sprint) => [project, sprint] as const))

    const names = new Set(pairs.map(([project, sprint]) => cronJobName(project, sprint)))

    expect(names.size).toBe(pairs.length)
  })
})

describe('a label', () => {
  it('holds the id itself where Kubernetes takes it', () => {
    expect(labelValue('TEST-001')).toBe('TEST-001')
    expect(labelValue('a.b_c')).toBe('a.b_c')
  })

  it('is one that Kubernetes takes for whatever id', () => {
    fc.assert(
      fc.property(any, (id) => {
        expect(labelValue(id)).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
      }),
    )
  })
})
