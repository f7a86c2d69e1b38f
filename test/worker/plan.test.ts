import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aWork } from '#test/helpers/worker/values'
import type { Stop } from '#worker/heart'
import type { Entry } from '#worker/journal'
import { judgeChange, planEnd, planNext, planStart, pollWait } from '#worker/plan'
import { leaseRef, type NextAnswer, type Report } from '#worker/protocol'

const work = aWork()
const lease = leaseRef(work)
const PR = 'https://github.com/acme/widgets/pull/1'
const done: Report = { kind: 'completed', pr_url: PR, usage: { seconds: 4 } }
const failed: Report = { kind: 'failed', error: 'no' }
const answer: NextAnswer = { kind: 'work', work }
const none: NextAnswer = { kind: 'none', blocked: false, reason: null, retryAfterMs: 5000 }

const stages: Record<Entry['stage'], Entry> = {
  leased: { stage: 'leased', lease },
  pushed: { stage: 'pushed', lease, base: 'main', seconds: 4 },
  pr_opened: { stage: 'pr_opened', lease, pr_url: PR, seconds: 4 },
  reporting: { stage: 'reporting', lease, report: done },
}

const plan = (entry: Entry | null, given: NextAnswer = answer, cancelled = null as typeof lease | null) =>
  planNext(given, { entry, cancelled, pollIntervalMs: 30_000 })

describe('after a restart with the same lease', () => {
  it('begins anew when nothing was pushed', () => expect(plan(stages.leased)).toEqual({ kind: 'run', work }))
  it('only opens the pull request when the branch is pushed', () =>
    expect(plan(stages.pushed)).toEqual({
      kind: 'open_pull',
      work,
      pushed: { base: 'main', branch: 'ai-feature/issue-7', notes: [] },
      seconds: 4,
    }))
  it('only reports when the pull request is open', () =>
    expect(plan(stages.pr_opened)).toEqual({ kind: 'report', lease, report: done }))
  it('sends an unacknowledged report before it asks for anything', () => {
    expect(planStart(stages.reporting)).toEqual({ kind: 'report', lease, report: done })
    expect([null, stages.leased, stages.pushed, stages.pr_opened].map(planStart)).toEqual([null, null, null, null])
  })
})

describe('an answer with another lease than the journal knows', () => {
  it.each(Object.values(stages))('starts from the clone, whatever was done under the old one ($stage)', (entry) => {
    expect(plan({ ...entry, lease: { ...lease, token: 2 } })).toEqual({ kind: 'run', work })
  })
})

describe('a lease that was cancelled under us', () => {
  it('is given back when it is handed out again', () =>
    expect(plan(null, answer, lease)).toEqual({ kind: 'give_back', work }))
  it('is not confused with the next lease of the same issue', () =>
    expect(plan(null, answer, { ...lease, token: 2 })).toEqual({ kind: 'run', work }))
})

describe('an answer without work', () => {
  it('is waited out for as long as it says', () => expect(plan(null, none)).toEqual({ kind: 'wait', ms: 5000 }))

  it('never makes the worker poll faster than asked or slower than configured', () => {
    const ms = fc.double({ min: 0, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(ms, fc.double({ min: 200, max: 1e6, noNaN: true }), (asked, interval) => {
        const wait = pollWait(asked, interval)
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked, interval))
        expect(wait).toBeGreaterThanOrEqual(200)
        expect(wait).toBeLessThanOrEqual(interval)
      }),
    )
  })
})

describe('the end of a job', () => {
  const stop = (why: Stop['why']): Stop => ({ why, grace: 0 })
  const interrupted = { kind: 'interrupted' } as const
  const finished = (report: Report) => ({ kind: 'finished', report }) as const

  it.each([done, failed])('is reported when nothing stopped it ($kind)', (report) => {
    expect(planEnd(finished(report), null)).toEqual({ kind: 'report', report })
  })

  it.each(['cancelled', 'lease_lost', 'lease_expired'] as const)('is kept to ourselves after %s', (why) => {
    expect(planEnd(interrupted, stop(why))).toEqual({ kind: 'drop', orphan: null })
    expect(planEnd(finished(failed), stop(why))).toEqual({ kind: 'drop', orphan: null })
    expect(planEnd(finished(done), stop(why))).toEqual({ kind: 'drop', orphan: PR })
  })

  it('at a shutdown is a release, unless the pull request is open', () => {
    expect(planEnd(interrupted, stop('shutdown'))).toEqual({ kind: 'release' })
    expect(planEnd(finished(failed), stop('shutdown'))).toEqual({ kind: 'release' })
    expect(planEnd(finished(done), stop('shutdown'))).toEqual({ kind: 'report', report: done })
  })
})

describe('a run that went well', () => {
  it.each([
    [{ changed: true, ahead: true, rework: false }, 'publish'],
    [{ changed: true, ahead: true, rework: true }, 'publish'],
    [{ changed: false, ahead: true, rework: false }, 'publish'],
    [{ changed: false, ahead: true, rework: true }, 'nothing_changed'],
    [{ changed: false, ahead: false, rework: false }, 'nothing_changed'],
    [{ changed: true, ahead: false, rework: false }, 'nothing_changed'],
  ] as const)('with %j is judged %s', (change, verdict) => {
    expect(judgeChange(change)).toBe(verdict)
  })
})
