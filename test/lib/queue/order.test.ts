import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Job, PRIORITIES } from '#lib/queue/model'
import { afterRace, byUrgency, foremost, NARROW, pick, priorityOf, rank, type Spread } from '#lib/queue/order'
import { ticketKey } from '#lib/store/keys'
import { anyJob } from './support/jobs.ts'

const ticketOf = ({ facts, key }: Job) =>
  ticketKey(rank(facts.priority), facts.created_at, key.repository, key.number).sk

describe('the order of leasing', () => {
  it('is total: antisymmetric, transitive, and nothing but the same issue is equal', () => {
    fc.assert(
      fc.property(anyJob, anyJob, anyJob, (a, b, c) => {
        expect(Math.sign(byUrgency(a, b))).toBe(0 - Math.sign(byUrgency(b, a)))
        if (byUrgency(a, b) <= 0 && byUrgency(b, c) <= 0) expect(byUrgency(a, c)).toBeLessThanOrEqual(0)
        if (byUrgency(a, b) === 0) expect(a.key).toEqual(b.key)
        expect(byUrgency(a, a)).toBe(0)
      }),
    )
  })

  it('is the order in which tickets stand in the line', () => {
    fc.assert(
      fc.property(anyJob, anyJob, (a, b) => {
        const [left, right] = [ticketOf(a), ticketOf(b)]
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(Math.sign(byUrgency(a, b)))
      }),
    )
  })

  it('tells issues of one number in two repositories apart', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const other = { ...job, key: { ...job.key, repository: `${job.key.repository}x` } }
        expect(byUrgency(job, other)).toBeLessThan(0)
        expect(byUrgency(other, job)).toBeGreaterThan(0)
      }),
    )
  })
})

describe('the priority of an issue', () => {
  it.each([
    [['priority:critical'], 'critical'],
    [['priority: high'], 'high'],
    [['Priority: LOW'], 'low'],
    [[' priority:high ', 'priority:low'], 'high'],
    [['bug', 'priority: medium'], 'medium'],
    [['priority:urgent'], 'medium'],
    [['my priority:high'], 'medium'],
    [[], 'medium'],
  ] as const)('of %j is %s', (labels, priority) => {
    expect(priorityOf(labels)).toBe(priority)
  })

  it('ranks from the most urgent', () => {
    expect(PRIORITIES.map(rank)).toEqual([0, 1, 2, 3])
  })
})

describe('the spread of a claim', () => {
  const anyOutcomes = fc.array(fc.constantFrom('won', 'lost') as fc.Arbitrary<'won' | 'lost'>, { maxLength: 60 })
  const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const spreadOf = (outcomes: readonly ('won' | 'lost')[]) => outcomes.reduce(afterRace, NARROW)

  it('of an asker that never lost a race is the very first job', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 500 }),
        anyChance,
        (wins, count, chance) => {
          expect(pick(count, spreadOf(Array.from({ length: wins }, () => 'won' as const)), chance)).toBe(0)
        },
      ),
    )
  })

  it('never leaves the jobs there are, nor 1 to 384', () => {
    fc.assert(
      fc.property(anyOutcomes, fc.integer({ min: 1, max: 500 }), anyChance, (outcomes, count, chance) => {
        const spread = spreadOf(outcomes)
        expect(spread.width).toBeGreaterThanOrEqual(1)
        expect(spread.width).toBeLessThanOrEqual(384)
        const index = pick(count, spread, chance)
        expect(index).toBeGreaterThanOrEqual(0)
        expect(index).toBeLessThan(Math.min(count, spread.width + 1))
      }),
    )
  })

  it('grows with a lost race, shrinks with a won one, and comes back to strict order', () => {
    const wide: Spread = spreadOf(['lost', 'lost', 'lost'])
    expect(afterRace(wide, 'lost').width).toBeGreaterThan(wide.width)
    expect(afterRace(wide, 'won').width).toBeLessThan(wide.width)
    let spread = spreadOf(Array.from({ length: 20 }, () => 'lost' as const))
    for (let wins = 0; wins < 1_000 && spread.width > 1; wins++) spread = afterRace(spread, 'won')
    expect(spread.width).toBe(1)
  })

  it('reaches no further than the jobs that are as urgent as the first', () => {
    fc.assert(
      fc.property(fc.array(anyJob, { minLength: 1, maxLength: 30 }), (jobs) => {
        const line = jobs.toSorted(byUrgency)
        const count = foremost(line)
        const first = line[0]?.facts.priority
        expect(line.slice(0, count).every(({ facts }) => facts.priority === first)).toBe(true)
        expect(line.slice(count).some(({ facts }) => facts.priority === first)).toBe(false)
      }),
    )
    expect(foremost([])).toBe(0)
  })

  it('picks nothing where there is nothing', () => {
    expect(pick(0, NARROW, 0.5)).toBe(-1)
  })
})
