/** Money: what an issue may cost, what a day may cost, and that each is said to be spent once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds, toTimestamp } from '#lib/clock'
import { dayBudgetSpent } from '#lib/events/budget'
import { eventTypeOf } from '#lib/events/change'
import { expired, halted, NO_USAGE, type Policy, renewed, reopened, reported } from '#lib/queue/decide'
import { judgeDay } from '#lib/queue/spending'
import { answerView, pulseView } from '#lib/queue/views'
import { createTallies, tallyChangeOf } from '#lib/store/tally'
import { START } from '#test/helpers/clock'
import { aJourney, aStream } from '#test/helpers/journey'
import { aQueue, aReport, POLICY, REPOSITORY } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, at } from './support/jobs.ts'

const usd = (cost_usd: number) => ({ ...NO_USAGE, cost_usd })
const beatOf = (number: number, token: number, cost: number, worker = 'w1') => ({
  worker,
  number,
  repository: REPOSITORY,
  token,
  usage: usd(cost),
  correlation_id: 'beat',
})
const TWO_DOLLARS: Policy = { ...POLICY, usdPerJob: 2 }

async function aLeasedIssue(options: Parameters<typeof aJourney>[0]) {
  const journey = await aJourney(options)
  await journey.has(1, 2, 3)
  const { number, token } = await journey.lease('w1')
  return { ...journey, number, beat: (cost: number) => journey.queue.heartbeat(beatOf(number, token, cost)) }
}

describe('the budget of an issue', () => {
  it('stops its worker when the heartbeats reach it, and the issue waits for a redrive', async () => {
    const { beat, job, number, ask, queue } = await aLeasedIssue({ policy: { usdPerJob: 2 } })

    expect(pulseView(await beat(1.5))).toMatchObject({ cancel: false })
    const pulse = pulseView(await beat(0.5))

    expect(pulse).toMatchObject({
      cancel: true,
      lease: null,
      reason: expect.stringMatching(/budget of 2 USD.*2\.00 USD/),
    })
    expect(await job(number)).toMatchObject({
      usage: { cost_usd: 2 },
      state: { kind: 'finished', finish: { outcome: 'failed', reason: 'budget' } },
    })
    expect(await ask('w2')).toMatchObject({ kind: 'work', job: { key: { number: 2 } } })
    expect(await queue.redrive({ repository: REPOSITORY, number }, 'olga')).toMatchObject({ generation: 2 })
  })

  it('is crossed once, however many heartbeats come at once, and each hears of it', async () => {
    const { beat, told, pump, number } = await aLeasedIssue({ policy: { usdPerJob: 2 } })
    await beat(1.9)

    const pulses = await Promise.allSettled(Array.from({ length: 6 }, () => beat(0.1)))
    await pump()

    const heard = pulses.flatMap((one) => (one.status === 'fulfilled' ? [one.value.cancel] : []))
    expect(heard.length).toBeGreaterThan(0)
    expect(heard.filter((reason) => reason === null)).toEqual([])
    expect((await beat(0)).cancel).toMatch(/spent/)
    const types = told.filter(({ after }) => after.key.number === number).map(eventTypeOf)
    expect(types.filter((type) => type === 'BUDGET_SPENT')).toHaveLength(1)
  })

  it('is told on the issue like any other failure', async () => {
    const journey = await aJourney({ policy: { usdPerJob: 2 } })
    const { catchUp, issue, poll, lease, labelsOf, github, queue } = journey
    const number = issue('Costly')
    await poll()
    const { token } = await lease('w1')
    await queue.heartbeat(beatOf(number, token, 7))
    await catchUp()

    expect(labelsOf(number)).toEqual(['ai-failed'])
    expect(github.stats().issues[`${REPOSITORY}#${number}`]).toMatchObject({ comments: 1 })
  })

  it('does not take away work that is done', () => {
    const done = reported(aLeasedJob(), { ...anOutcome('completed'), usage: usd(50) }, TWO_DOLLARS, at(START))

    expect(done.state).toMatchObject({ kind: 'finished', finish: { outcome: 'completed' } })
  })

  it.each(['failed', 'rate_limited', 'infrastructure', 'released'] as const)(
    'ends an issue whose work was %s when it is spent',
    (kind) => {
      const ended = reported(aLeasedJob(), { ...anOutcome(kind), usage: usd(2) }, TWO_DOLLARS, at(START))
      expect(ended.state).toMatchObject({ kind: 'finished', finish: { outcome: 'failed', reason: 'budget' } })
      expect(ended.ended).toMatchObject({ report: kind })
    },
  )

  it('ends an issue whose worker was lost when it is spent', () => {
    const job = { ...aLeasedJob(), usage: usd(3) }
    expect(expired(job, TWO_DOLLARS, at(START)).state).toMatchObject({ finish: { reason: 'budget' } })
    expect(halted(job, TWO_DOLLARS, NO_USAGE, at(START)).state).toMatchObject({ finish: { reason: 'budget' } })
    expect(
      halted(reported(job, anOutcome('completed'), POLICY, at(START)), POLICY, NO_USAGE, at(START)).state.kind,
    ).toBe('finished')
  })

  it('is granted anew by a redrive, and the sum goes on', () => {
    const job = aLeasedJob()
    const spent = renewed(job, TWO_DOLLARS, usd(2.5), at(START))
    const again = aLeasedJob('w1', POLICY, reopened(spent, job.facts, job.body, at(START)))

    const kept = renewed(again, TWO_DOLLARS, usd(1.9), at(START))
    expect(kept).toMatchObject({ state: { kind: 'leased' }, usage: { cost_usd: 4.4 } })
    expect(renewed(kept, TWO_DOLLARS, usd(0.1), at(START)).state.kind).toBe('finished')
  })

  it('is reached at the very cent, whatever fractions it is made of', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 }), (cents) => {
        const whole = cents.reduce((sum, cent) => sum + cent, 0)
        const policy = { ...POLICY, usdPerJob: whole / 100 }
        let job = aLeasedJob()
        for (const [index, cent] of cents.entries()) {
          expect(job.state.kind, `before beat ${index}`).toBe('leased')
          job = renewed(job, policy, usd(cent / 100), at(START))
        }
        expect(job.state.kind).toBe('finished')
      }),
    )
  })
})

describe('the budget of a day', () => {
  const policy = { leaseMs: hours(48) }

  it('stops new leases until the next day, and says when', async () => {
    const { beat, pump, ask, clock } = await aLeasedIssue({ usdPerDay: 5, policy })
    await beat(4.99)
    await pump()
    clock.advance(seconds(2))
    expect(await ask('w2')).toMatchObject({ kind: 'work' })
    await beat(0.01)
    await pump()
    clock.advance(seconds(2))

    const view = answerView(await ask('w3'), POLICY)
    expect(view).toEqual({
      work_available: false,
      blocked: true,
      reason: expect.stringContaining('budget of 5 USD for 2026-01-05'),
      retry_after_seconds: (Date.UTC(2026, 0, 6) - clock.now()) / 1000,
    })

    clock.set(Date.UTC(2026, 0, 6))
    expect(await ask('w3')).toMatchObject({ kind: 'work' })
  })

  it('takes leased work back at the next heartbeat, at the cost of no attempt, and says so again when asked again', async () => {
    const { beat, pump, clock, job, number, ask, told } = await aLeasedIssue({ usdPerDay: 5, policy })
    expect(pulseView(await beat(4))).toMatchObject({ cancel: false })
    await pump()
    clock.advance(seconds(2))

    const pulses = [pulseView(await beat(1)), pulseView(await beat(0))]

    expect(pulses).toMatchObject([
      { cancel: true, lease: null, reason: expect.stringContaining('budget of 5 USD for 2026-01-05') },
      { cancel: true, lease: null, reason: expect.stringContaining('spent') },
    ])
    expect(await job(number)).toMatchObject({ state: { kind: 'pending' }, counts: { failures: 0, postponed: 0 } })
    await pump()
    expect(told.map(eventTypeOf)).toContain('WORK_RELEASED')

    clock.set(Date.UTC(2026, 0, 6, 1))
    expect(await ask('w2')).toMatchObject({ kind: 'work', job: { key: { number }, counts: { failures: 0 } } })
  })

  it('refuses leases when nobody can say what was spent', async () => {
    const { ask, clock, table } = await aLeasedIssue({ usdPerDay: 5, policy })
    clock.advance(minutes(1))
    table.get = async () => {
      throw new Error('the store is down')
    }

    await expect(ask('w2')).rejects.toThrow('the store is down')
  })

  it('is told to be spent once, by the addition that crossed it, however often the stream tells of it', async () => {
    const world = await aQueue({ policy })
    const { queue, lease, has, table, clock } = world
    await has(1)
    const stream = await aStream(world)
    const { number, token } = await lease('w1')
    const { createCounts } = await import('#lib/store/counts')
    const { changeOf } = await import('#lib/store/stream')
    const counts = createCounts(table)
    const events = []
    for (let beats = 0; beats < 8; beats++) {
      await queue.heartbeat(beatOf(number, token, 1))
      const records = await stream()
      const batch = records.map((record) => ({ id: record.eventID ?? '', change: changeOf(record) }))
      await counts.add(batch, clock.now())
      await counts.add(batch, clock.now())
      events.push(...records.map(tallyChangeOf).flatMap((change) => (change ? [dayBudgetSpent(change, 5)] : [])))
    }
    events.push(...(await stream()).map(tallyChangeOf).flatMap((change) => (change ? [dayBudgetSpent(change, 5)] : [])))

    expect(await createTallies(table).spentOn('2026-01-05')).toBe(8)
    expect(events.filter((event) => event !== undefined)).toMatchObject([
      { event_id: 'budget:2026-01-05:5', event_type: 'BUDGET_SPENT', entity: { kind: 'budget' }, spent_usd: 5 },
    ])
  })

  it('ends at the midnight that follows, for any moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0) }), (now) => {
        const closed = judgeDay(1, 1, now)
        expect(closed?.until).toBeGreaterThan(now)
        expect(toTimestamp(closed?.until ?? 0)).toMatch(/T00:00:00\.000Z$/)
        expect((closed?.until ?? 0) - now).toBeLessThanOrEqual(hours(24))
        expect(judgeDay(1, 0.99, now)).toBeUndefined()
      }),
    )
  })
})

describe('what a day brought', () => {
  it('is finished work by the hour, across midnight', async () => {
    const world = await aJourney({ policy: { leaseMs: hours(2) } })
    const { clock, has, lease, queue, pump, table } = world
    await has(1, 2, 3)
    clock.set(Date.UTC(2026, 0, 5, 23, 30))
    const finish = async (worker: string) => {
      const { number, token } = await lease(worker)
      await queue.report(
        aReport({ worker, number, token, kind: 'completed', pr_url: `https://github.com/${REPOSITORY}/pull/9` }),
      )
    }
    await finish('w1')
    await finish('w2')
    clock.set(Date.UTC(2026, 0, 6, 0, 15))
    await finish('w3')
    await pump()

    expect(await createTallies(table).finishedLastHour(clock.now())).toBe(1 + 2 * 0.75)
  })
})
