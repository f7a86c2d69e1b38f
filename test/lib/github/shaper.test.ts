import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours, type Instant, minutes, seconds } from '#lib/clock'
import type { WriteBudget } from '#lib/github/ports'
import { close, GITHUB_LIMITS, NO_WRITES_YET, planWrites, spend } from '#lib/github/shaper'

const { perMinute: MAX_PER_MINUTE, perHour: MAX_PER_HOUR } = GITHUB_LIMITS

const NOW: Instant = Date.parse('2026-03-02T08:00:00Z')
/** What GitHub itself allows. */
const GITHUB_PER_MINUTE = 80
const GITHUB_PER_HOUR = 500

const anyBudget = fc.record({
  spent: fc.array(fc.integer({ min: NOW - hours(3), max: NOW + hours(3) }), { maxLength: 520 }),
  closed_until: fc.oneof(fc.constant(0), fc.integer({ min: NOW - hours(1), max: NOW + hours(1) })),
})

function busiest(writes: readonly Instant[], window: number): number {
  return Math.max(0, ...writes.map((end) => writes.filter((at) => at > end - window && at <= end).length))
}

describe('shaping of writes', () => {
  it('allows all that is wanted while little was spent', () => {
    expect(planWrites(NO_WRITES_YET, NOW, 5)).toEqual({ allowed: 5, next_at: NOW })
  })

  it('allows a minute’s worth at once and names when the next may go', () => {
    expect(planWrites(NO_WRITES_YET, NOW, 1_000)).toEqual({ allowed: MAX_PER_MINUTE, next_at: NOW + minutes(1) })
  })

  it('counts the last hour as well as the last minute', () => {
    const spent = Array.from({ length: MAX_PER_HOUR - 3 }, () => NOW - minutes(30))
    expect(planWrites({ spent, closed_until: 0 }, NOW, 10)).toEqual({ allowed: 3, next_at: NOW + minutes(30) })
  })

  it('allows nothing before the instant GitHub named', () => {
    const budget = close(NO_WRITES_YET, NOW + seconds(90))
    expect(planWrites(budget, NOW, 1)).toEqual({ allowed: 0, next_at: NOW + seconds(90) })
    expect(planWrites(budget, NOW + seconds(90), 1).allowed).toBe(1)
    expect(close(budget, NOW)).toEqual(budget)
  })

  it('never lets more through than GitHub allows, however greedily it is asked', () => {
    const steps = fc.array(fc.record({ pause: fc.nat(minutes(10)), wanted: fc.nat(200) }), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (asks) => {
        let now = NOW
        let budget: WriteBudget = NO_WRITES_YET
        const writes: Instant[] = []
        for (const { pause, wanted } of asks) {
          now += pause
          const { allowed } = planWrites(budget, now, wanted)
          budget = spend(budget, now, allowed)
          writes.push(...Array<Instant>(allowed).fill(now))
        }
        expect(busiest(writes, minutes(1))).toBeLessThan(GITHUB_PER_MINUTE)
        expect(busiest(writes, hours(1))).toBeLessThan(GITHUB_PER_HOUR)
      }),
      { numRuns: 50 },
    )
  })

  it('never allows a negative number, names a past instant or waits beyond reason, whatever the clock did', () => {
    fc.assert(
      fc.property(
        anyBudget,
        fc.integer({ min: NOW - hours(2), max: NOW + hours(2) }),
        fc.integer({ min: -5, max: 600 }),
        (budget, now, wanted) => {
          const plan = planWrites(budget, now, wanted)
          expect(plan.allowed).toBeGreaterThanOrEqual(0)
          expect(plan.allowed).toBeLessThanOrEqual(Math.max(0, wanted))
          expect(plan.next_at).toBeGreaterThanOrEqual(now)
          expect(plan.next_at).toBeLessThanOrEqual(Math.max(budget.closed_until, now + hours(2)))
        },
      ),
    )
  })

  it('lets at least one more write go at the instant it named', () => {
    fc.assert(
      fc.property(anyBudget, fc.integer({ min: 1, max: 600 }), (budget, wanted) => {
        const { allowed, next_at } = planWrites(budget, NOW, wanted)
        expect(planWrites(spend(budget, NOW, allowed), next_at, 1).allowed).toBe(1)
      }),
    )
  })

  it('keeps a sorted hour, at most an hour’s allowance, and forgets the rest', () => {
    fc.assert(
      fc.property(anyBudget, fc.nat(600), (budget, writes) => {
        const { spent } = spend(budget, NOW, writes)
        expect(spent.length).toBeLessThanOrEqual(MAX_PER_HOUR)
        expect(spent).toEqual(spent.toSorted((a, b) => a - b))
        expect(spent.every((at) => at > NOW - hours(1))).toBe(true)
      }),
    )
  })

  it('is not locked out by a clock that once ran a year ahead', () => {
    const ahead = spend(NO_WRITES_YET, NOW + hours(24 * 365), MAX_PER_HOUR)
    expect(planWrites(ahead, NOW, 3).allowed).toBe(3)
  })
})
