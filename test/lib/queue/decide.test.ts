import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import {
  attemptOf,
  expired,
  NO_USAGE,
  opened,
  refreshed,
  renewed,
  reopened,
  reported,
  withdrawn,
} from '#lib/queue/decide'
import type { Job, ReportKind } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, aPendingJob, at } from './support/jobs.ts'

const KINDS: readonly ReportKind[] = ['completed', 'failed', 'rate_limited', 'infrastructure', 'released']
const later = at(START + 1000)
const INLINE = { kind: 'inline', text: 'Body' } as const

describe('a job that is queued', () => {
  it('waits, ready at once, with all its budgets and no lease behind it', () => {
    const job = opened(aKey(1), someFacts(1), INLINE, at(START))

    expect(job).toMatchObject({ state: { kind: 'pending', not_before: START }, token: 0, version: 1, seq: 1 })
    expect(job.counts).toEqual({ failures: 0, workers_lost: 0, postponed: 0 })
    expect(attemptOf(job)).toBe(1)
  })

  it('keeps its place and its budgets when its issue is edited', () => {
    const job = refreshed(aPendingJob(), { ...someFacts(1), title: 'New' }, INLINE, later)

    expect(job).toMatchObject({ facts: { title: 'New' }, state: { kind: 'pending', not_before: START }, version: 2 })
    expect(job.queued_at).toBe(START)
  })
})

describe('a lease', () => {
  it('has the next token, one holder and an end', () => {
    const job = aLeasedJob('w7')

    expect(job.state).toEqual({
      kind: 'leased',
      lease: { worker: 'w7', token: 1, leased_at: START, renewed_at: START, expires_at: START + POLICY.leaseMs },
    })
    expect(job).toMatchObject({ token: 1, version: 2, seq: 2 })
  })

  it('is prolonged by a heartbeat without being news, and adds up what was used', () => {
    const usage = { input_tokens: 5, output_tokens: 6, cost_usd: 0.25, seconds: 7 }
    const job = renewed(renewed(aLeasedJob(), POLICY, usage, later), POLICY, usage, at(START + minutes(3)))

    expect(job.state).toMatchObject({ lease: { token: 1, expires_at: START + minutes(13) } })
    expect(job).toMatchObject({ version: 4, seq: 2 })
    expect(job.usage).toEqual({ input_tokens: 10, output_tokens: 12, cost_usd: 0.5, seconds: 14 })
  })

  it('prolonged after its end is news', () => {
    expect(renewed(aLeasedJob(), POLICY, NO_USAGE, at(START + minutes(10)))).toMatchObject({ seq: 3 })
  })

  it('is never shortened, and its job never grows younger, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -minutes(5), max: minutes(5) }), { maxLength: 20 }), (jumps) => {
        let job = aLeasedJob()
        for (const jump of jumps) {
          const next = renewed(job, POLICY, NO_USAGE, at(START + jump))
          if (next.state.kind !== 'leased' || job.state.kind !== 'leased') throw new Error('the lease is gone')
          expect(next.state.lease.expires_at).toBeGreaterThanOrEqual(job.state.lease.expires_at)
          expect(next.changed_at).toBeGreaterThanOrEqual(job.changed_at)
          job = next
        }
      }),
    )
  })
})

describe('a report', () => {
  it('of success finishes the job with its pull request', () => {
    const job = reported(aLeasedJob(), anOutcome('completed'), POLICY, later)

    expect(job.state).toEqual({
      kind: 'finished',
      finish: {
        outcome: 'completed',
        at: later.now,
        pr_url: 'https://github.com/acme/shop/pull/9',
        error: null,
      },
    })
  })

  it('of failure gives the next attempt the error and the pull request, until the attempts are used up', () => {
    const once = reported(aLeasedJob(), anOutcome('failed'), { ...POLICY, retryDelayMs: 500 }, later)
    const twice = reported(aLeasedJob('w2', POLICY, once), anOutcome('failed'), POLICY, later)

    expect(once).toMatchObject({
      state: { kind: 'pending', not_before: later.now + 500 },
      previous: { error: 'It broke.', pr_url: 'https://github.com/acme/shop/pull/9', feedback: null },
      counts: { failures: 1 },
    })
    expect(attemptOf(once)).toBe(2)
    expect(twice.state).toMatchObject({ kind: 'finished', finish: { outcome: 'failed', error: 'It broke.' } })
    expect(twice.counts.failures).toBe(2)
  })

  it.each(['rate_limited', 'infrastructure'] as const)('of %s waits longer each time and costs no attempt', (kind) => {
    let job = aPendingJob()
    const waits = []
    for (let n = 0; n < 7; n++) {
      job = reported(aLeasedJob('w1', POLICY, job), anOutcome(kind), POLICY, later)
      waits.push(job.state.kind === 'pending' ? job.state.not_before - later.now : -1)
    }

    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000])
    expect(job.counts).toEqual({ failures: 0, workers_lost: 0, postponed: 7 })
  })

  it('of rate limits without end gives the job up', () => {
    const job = reported(aLeasedJob(), anOutcome('rate_limited'), { ...POLICY, maxPostponed: 1 }, later)

    expect(job.state).toMatchObject({ kind: 'finished', finish: { outcome: 'failed' } })
  })

  it('of a release gives the job back as it was', () => {
    const job = reported(aLeasedJob(), anOutcome('released'), POLICY, later)

    expect(job).toMatchObject({ state: { kind: 'pending', not_before: later.now }, previous: null })
    expect(job.counts).toEqual({ failures: 0, workers_lost: 0, postponed: 0 })
  })

  it.each(KINDS)('%s remembers which lease it ended', (kind) => {
    const job = reported(aLeasedJob(), anOutcome(kind), POLICY, later)

    expect(job.ended).toEqual({ token: 1, worker: 'w1', report: kind })
    expect(job.usage).toEqual(anOutcome(kind).usage)
  })
})

describe('a lease nobody ends', () => {
  it('costs a lost worker, no attempt, until too many were lost', () => {
    let job = aPendingJob()
    const states = []
    for (let n = 0; n < 3; n++) {
      job = expired(aLeasedJob('w1', POLICY, job), POLICY, later)
      states.push(job.state.kind)
    }

    expect(states).toEqual(['pending', 'pending', 'finished'])
    expect(job.counts).toEqual({ failures: 0, workers_lost: 3, postponed: 0 })
    expect(job.state).toMatchObject({ finish: { outcome: 'failed', error: expect.stringContaining('3 workers') } })
    expect(job.ended).toEqual({ token: 3, worker: 'w1', report: 'expired' })
  })
})

describe('a job wanted anew', () => {
  it('has fresh budgets, a new generation, a token that goes on rising, and what the last attempt left', () => {
    const failed = reported(aLeasedJob(), anOutcome('failed'), { ...POLICY, maxAttempts: 1 }, later)
    const job = reopened(failed, someFacts(1), INLINE, at(START + 5000))

    expect(job).toMatchObject({ generation: 2, token: 1, queued_at: START + 5000, state: { kind: 'pending' } })
    expect(job.counts).toEqual({ failures: 0, workers_lost: 0, postponed: 0 })
    expect(job.previous).toMatchObject({ error: 'It broke.', pr_url: 'https://github.com/acme/shop/pull/9' })
    expect(aLeasedJob('w2', POLICY, job).token).toBe(2)
  })

  it('keeps what it knew of earlier attempts when the last one left nothing', () => {
    const once = reported(aLeasedJob(), anOutcome('failed'), POLICY, later)
    const empty = { ...anOutcome('completed'), pr_url: null }
    const done = reported(aLeasedJob('w1', POLICY, once), empty, POLICY, later)

    expect(reopened(done, someFacts(1), INLINE, later).previous).toEqual(once.previous)
    expect(reopened(aPendingJob(), someFacts(1), INLINE, later).previous).toBeNull()
  })
})

describe('a withdrawal', () => {
  it.each([
    ['waiting', aPendingJob()],
    ['leased', aLeasedJob()],
  ])('finishes a %s job with its reason', (_name, job: Job) => {
    expect(withdrawn(job, 'The issue was closed.', later)).toMatchObject({
      state: { kind: 'finished', finish: { outcome: 'withdrawn', error: 'The issue was closed.' } },
      version: job.version + 1,
      seq: job.seq + 1,
    })
  })
})

describe('what needs a lease', () => {
  const without = [
    ['waiting', aPendingJob()],
    ['finished', withdrawn(aPendingJob(), 'closed', later)],
  ] as const

  it.each(without)('leaves a %s job as it is', (_name, job) => {
    expect(renewed(job, POLICY, NO_USAGE, later)).toBe(job)
    expect(expired(job, POLICY, later)).toBe(job)
    for (const kind of KINDS) expect(reported(job, anOutcome(kind), POLICY, later)).toBe(job)
  })
})
