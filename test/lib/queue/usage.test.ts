import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { halted, NO_USAGE, newsIn, renewed, reported } from '#lib/queue/decide'
import type { Job, Stated } from '#lib/queue/model'
import { decodeJob, encodeJob } from '#lib/store/job-codec'
import { START } from '#test/helpers/clock'
import { POLICY } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, at } from './support/jobs.ts'

const ofLease = (cost_usd: number): Stated => ({ ...NO_USAGE, cost_usd, seconds: cost_usd * 10, since: 'lease' })
const beat = (job: Job, stated: Stated) => renewed(job, POLICY, stated, at(START + minutes(1)))

describe('usage that is stated for the whole lease', () => {
  it('is counted once, however often and in whatever order it is stated', () => {
    const cost = fc.integer({ min: 0, max: 1_000 })
    fc.assert(
      fc.property(fc.array(cost, { maxLength: 8 }), cost, (beats, last) => {
        const job = beats.reduce((kept, usd) => beat(kept, ofLease(usd)), aLeasedJob())
        const done = reported(job, { ...anOutcome('released'), usage: ofLease(last) }, POLICY, at(START + minutes(2)))
        expect(done.usage).toEqual({
          ...NO_USAGE,
          cost_usd: Math.max(0, ...beats, last),
          seconds: done.usage.cost_usd * 10,
        })
      }),
    )
  })

  it('is remembered by the store as long as the lease lives', () => {
    const job = beat(aLeasedJob(), ofLease(2))
    const stored = decodeJob(encodeJob(job, { pk: 'p', sk: 's' }))
    expect(stored).toEqual(job)
    expect(beat(stored, ofLease(3)).usage.cost_usd).toBe(3)
  })

  it('adds to the lease nothing for a worker that states what is new itself', () => {
    const job = beat(beat(aLeasedJob(), { ...NO_USAGE, cost_usd: 1 }), { ...NO_USAGE, cost_usd: 1 })
    expect(job.usage.cost_usd).toBe(2)
    expect(job.state).not.toHaveProperty('lease.used')
  })

  it('reaches the budget of the issue by its sum', () => {
    const policy = { ...POLICY, usdPerJob: 5 }
    const job = renewed(aLeasedJob(), policy, ofLease(4), at(START))
    expect(renewed(job, policy, ofLease(4), at(START)).state.kind).toBe('leased')
    expect(renewed(job, policy, ofLease(5), at(START)).state).toMatchObject({ finish: { reason: 'budget' } })
    expect(halted(job, POLICY, ofLease(4.5), at(START)).usage.cost_usd).toBe(4.5)
  })

  it('is all news where no lease has stated anything', () => {
    expect(newsIn({ state: { kind: 'pending', not_before: 0 } }, ofLease(3))).toMatchObject({ cost_usd: 3 })
  })
})
