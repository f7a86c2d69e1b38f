import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { dueOf, isGivenUp, MAX_REFUSALS, restAfter, retriesLeft, scopeOf, TOKEN, troubleAfter } from '#lib/github/debts'
import { createFlusher } from '#lib/github/flush'
import type { OwedWrite, Trouble } from '#lib/github/ports'
import { GITHUB_LIMITS, planWrites, spend, spendOnRetry } from '#lib/github/shaper'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aClock, aMemoryLedger } from '#test/helpers/github'

const NOW = Date.parse('2026-03-02T08:00:00Z')
const REFUSED: Trouble = { refusals: 1, failures: 0, not_before: 0, error: 'locked', since: NOW - minutes(5) }
const locked = new AppError('forbidden', 'issue is locked', { details: { status: 403, refused: 'item', writes: 1 } })
const down = new AppError('upstream_unavailable', 'GitHub answered 502.')
const middling = () => 0.5

describe('a refused debt', () => {
  it('waits longer after each refusal, at most an hour, never in step with others', () => {
    const waits: number[] = []
    let trouble: Trouble | undefined
    for (let n = 0; n < 10; n += 1) {
      trouble = troubleAfter(trouble, locked, 'item', { now: NOW, chance: () => 1 })
      waits.push((trouble.not_before - NOW) / minutes(1))
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
    const early = troubleAfter(undefined, locked, 'item', { now: NOW, chance: () => 0 })
    expect(early.not_before).toBe(NOW + minutes(1))
  })

  it('is given up after the last try, and not before', () => {
    expect(isGivenUp({ ...REFUSED, refusals: MAX_REFUSALS - 1 })).toBe(false)
    expect(isGivenUp({ ...REFUSED, refusals: MAX_REFUSALS })).toBe(true)
  })

  it('is never given up for an outage, and is hardly delayed by one', () => {
    let trouble: Trouble | undefined
    const waits: number[] = []
    for (let n = 0; n < 8; n += 1) {
      trouble = troubleAfter(trouble, down, scopeOf(down), { now: NOW, chance: () => 1 })
      waits.push((trouble.not_before - NOW) / minutes(1))
    }
    expect(waits).toEqual([0, 0, 1, 2, 4, 5, 5, 5])
    expect(trouble && isGivenUp(trouble)).toBe(false)
  })
})

describe('a repository that refuses', () => {
  it('rests longer each time, at most ten minutes', () => {
    let rest = restAfter(undefined, locked, { now: NOW, chance: middling })
    for (let n = 0; n < 10; n += 1) rest = restAfter(rest, locked, { now: NOW, chance: () => 1 })
    expect(rest).toMatchObject({ refusals: 11, until: NOW + minutes(10), since: NOW })
  })

  it('holds back its own debts alone, the token all of them', () => {
    const rest = { refusals: 1, until: NOW + minutes(1), error: 'no right', since: NOW }
    const debts = [anOwedWrite({ number: 1 }), anOwedWrite({ number: 2, repository: 'acme/till' })]
    expect(dueOf(debts, { 'acme/shop': rest }, NOW)).toMatchObject([{ number: 2 }])
    expect(dueOf(debts, { [TOKEN]: rest }, NOW)).toEqual([])
    expect(dueOf(debts, { [TOKEN]: rest }, NOW + minutes(1))).toHaveLength(2)
  })
})

describe('the order of debts', () => {
  const debt = fc.record({ owed_since: fc.nat(1_000), refused: fc.boolean(), waits: fc.boolean() })

  it('puts what was never refused first, each oldest first, and leaves out only what waits', () => {
    fc.assert(
      fc.property(fc.array(debt), (drawn) => {
        const owed = drawn.map(({ owed_since, refused, waits }, number) => {
          const not_before = waits ? NOW + 1 : NOW
          return anOwedWrite({ number, owed_since, trouble: { ...REFUSED, refusals: refused ? 1 : 0, not_before } })
        })
        const due = dueOf(owed, {}, NOW)
        const ranks = due.map(({ trouble, owed_since }) => (trouble?.refusals ? 1 : 0) * 10_000 + owed_since)
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
        expect(due).toHaveLength(drawn.filter(({ waits }) => !waits).length)
      }),
    )
  })
})

describe('the share of what was refused before', () => {
  it('is a tenth of any hour, whatever is asked for and when', () => {
    const step = fc.record({ pause: fc.integer({ min: 0, max: minutes(20) }), wanted: fc.nat(60) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let budget = { spent: [], closed_until: 0 } as ReturnType<typeof spend>
        let now = NOW
        const spent: number[] = []
        for (const { pause, wanted } of steps) {
          now += pause
          const room = Math.min(
            wanted,
            retriesLeft(budget, now, GITHUB_LIMITS),
            planWrites(budget, now, wanted).allowed,
          )
          budget = spendOnRetry(spend(budget, now, room), now, room)
          spent.push(...Array<number>(room).fill(now))
          const within = spent.filter((at) => at > now - hours(1)).length
          expect(within).toBeLessThanOrEqual(GITHUB_LIMITS.perHour / 10)
        }
      }),
    )
  })
})

interface Drawn {
  readonly kind: 'healthy' | 'refused before' | 'refused now'
  readonly comments: number
}

/** The flush, counted from 1, in which each healthy debt is paid. */
async function flushesNeeded(debts: readonly (Drawn & { readonly number: number })[]): Promise<Map<number, number>> {
  const clock = aClock()
  const memory = aMemoryLedger(clock)
  const bad = new Set(debts.filter(({ kind }) => kind !== 'healthy').map(({ number }) => number))
  for (const { number, kind, comments } of debts) {
    const owed: OwedWrite = anOwedWrite({
      ...{ number, owed_since: number },
      comments: Array.from({ length: comments }, (_, at) => ({ marker: `m${at}`, text: 'x' })),
      ...(kind === 'refused before' && { trouble: REFUSED }),
    })
    await memory.owe(owed)
    if (kind === 'refused before') await memory.ledger.keep(owed, owed)
  }
  const flusher = createFlusher({
    ...{ ledger: memory.ledger, clock, chance: middling, ids: { uuid: () => 'f', secret: () => '' } },
    sleep: async (ms) => clock.advance(ms),
    writer: {
      async apply({ number, comment }) {
        if (bad.has(number)) throw locked
        return { writes: comment === null ? 2 : 1, labels: [] }
      },
    },
    options: { maxWrites: GITHUB_LIMITS.perMinute, deadlineMs: seconds(50) },
  })
  const paid = new Map<number, number>()
  for (let flush = 1; flush <= 20; flush += 1) {
    const began = clock.now()
    await flusher.flush()
    const owed = new Set((await memory.ledger.owed(1_000)).map(({ number }) => number))
    const aside = new Set((await memory.ledger.refused(1_000)).map(({ write }) => write.number))
    for (const { number } of debts) {
      if (!bad.has(number) && !owed.has(number) && !aside.has(number) && !paid.has(number)) paid.set(number, flush)
    }
    clock.advance(Math.max(0, began + minutes(1) - clock.now()))
  }
  return paid
}

describe('any mix of refused and healthy debts', () => {
  const drawn = (...kinds: Drawn['kind'][]) =>
    fc.array(fc.record({ kind: fc.constantFrom(...kinds), comments: fc.nat(2) }), { maxLength: 60 })

  it('pays every healthy debt in the number of flushes it would need alone', async () => {
    await fc.assert(
      fc.asyncProperty(drawn('healthy', 'refused before'), async (all) => {
        const debts = all.map((debt, number) => ({ ...debt, number }))
        const together = await flushesNeeded(debts)
        const alone = await flushesNeeded(debts.filter(({ kind }) => kind === 'healthy'))
        expect([...together]).toEqual([...alone])
      }),
      { numRuns: 30 },
    )
  })

  it('loses no more time to a debt refused for the first time than to one that is paid', async () => {
    await fc.assert(
      fc.asyncProperty(drawn('healthy', 'refused before', 'refused now'), async (all) => {
        const debts = all.map((debt, number) => ({ ...debt, number }))
        const together = await flushesNeeded(debts)
        const paying = debts.map((debt) => (debt.kind === 'refused now' ? { ...debt, kind: 'healthy' as const } : debt))
        const ifPaid = await flushesNeeded(paying)
        for (const [number, flush] of together) expect(flush).toBeLessThanOrEqual(ifPaid.get(number) ?? 0)
      }),
      { numRuns: 30 },
    )
  })
})

describe('whom an error is about', () => {
  it.each([
    [locked, 'item'],
    [new AppError('forbidden', 'no right'), 'repository'],
    [new AppError('gone', 'moved'), 'repository'],
    [new AppError('internal', 'GitHub refused with 422'), 'item'],
    [down, undefined],
    [new AppError('rate_limited', 'wait'), undefined],
  ] as const)('%s: %s', (error, scope) => {
    expect(scopeOf(error)).toBe(scope)
  })
})
