import { describe, expect, it } from 'vitest'
import { expired, reported, withdrawn } from '#lib/queue/decide'
import { judgeHeartbeat, judgeReport, standing } from '#lib/queue/judge'
import type { Job, ReportKind } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { POLICY } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, aPendingJob, at } from './support/jobs.ts'

const KINDS: readonly ReportKind[] = ['completed', 'failed', 'rate_limited', 'infrastructure', 'released']
const END = START + POLICY.leaseMs
const mine = { worker: 'w1', token: 1 }
const nameless = { worker: 'w1', token: undefined }
const endedBy = (kind: ReportKind): Job => reported(aLeasedJob(), anOutcome(kind), POLICY, at(START + 1000))
const answer = (job: Job, claim: { worker: string; token: number | undefined }, kind: ReportKind, now = START) => {
  const verdict = judgeReport(job, claim, kind, now)
  return verdict.kind === 'refuse' ? verdict.error.code : verdict.kind
}

describe.each(KINDS)('a report of %s', (kind) => {
  it('counts by the live lease, with its token or by the name of its holder', () => {
    expect(answer(aLeasedJob(), mine, kind)).toBe('accept')
    expect(answer(aLeasedJob(), nameless, kind)).toBe('accept')
  })

  it('is lost from the very instant the lease ends', () => {
    expect(answer(aLeasedJob(), mine, kind, END - 1)).toBe('accept')
    expect(answer(aLeasedJob(), mine, kind, END)).toBe('lease_lost')
    expect(answer(aLeasedJob(), nameless, kind, END)).toBe('lease_lost')
  })

  it('is lost by another name or another token', () => {
    expect(answer(aLeasedJob(), { worker: 'w2', token: 1 }, kind)).toBe('lease_lost')
    expect(answer(aLeasedJob(), { worker: 'w1', token: 2 }, kind)).toBe('lease_lost')
    expect(answer(aLeasedJob(), { worker: 'w2', token: undefined }, kind)).toBe('lease_lost')
  })

  it('is lost while the job waits', () => {
    expect(answer(aPendingJob(), mine, kind)).toBe('lease_lost')
    expect(answer(expired(aLeasedJob(), POLICY, at(END)), mine, kind)).toBe('lease_lost')
  })

  it('said again is a repeat, also when the job has gone to another since', () => {
    const ended = endedBy(kind)
    expect(answer(ended, mine, kind)).toBe('repeat')
    expect(answer(ended, nameless, kind)).toBe('repeat')
    if (ended.state.kind === 'pending') {
      const taken = aLeasedJob('w2', POLICY, ended)
      expect(answer(taken, mine, kind)).toBe('repeat')
      expect(answer(taken, nameless, kind)).toBe('repeat')
    }
  })

  it('of another kind than the one that ended the lease is refused', () => {
    for (const other of KINDS.filter((each) => each !== kind)) {
      const ended = endedBy(other)
      const code = ended.state.kind === 'finished' ? 'already_finished' : 'lease_lost'
      expect(answer(ended, mine, kind)).toBe(code)
    }
  })

  it('without a token counts for the new lease when its worker holds the job again', () => {
    const ended = endedBy(kind)
    if (ended.state.kind !== 'pending') return
    const again = aLeasedJob('w1', POLICY, ended)
    expect(answer(again, nameless, kind)).toBe('accept')
    expect(answer(again, mine, kind)).toBe('repeat')
    expect(answer(again, { worker: 'w1', token: 2 }, kind)).toBe('accept')
  })

  it('comes too late for a job that was withdrawn', () => {
    expect(answer(withdrawn(aLeasedJob(), 'closed', at(START)), mine, kind)).toBe('already_finished')
  })

  it('by a stranger is no repeat', () => {
    expect(answer(endedBy(kind), { worker: 'w2', token: 1 }, kind)).not.toBe('repeat')
    expect(answer(endedBy(kind), { worker: 'w1', token: 9 }, kind)).not.toBe('repeat')
  })
})

describe('a heartbeat', () => {
  it('renews the lease of its holder, even late, as long as nobody has taken the job', () => {
    expect(judgeHeartbeat(aLeasedJob(), mine).kind).toBe('accept')
  })

  it.each([
    ['a waiting job', aPendingJob()],
    ['a finished job', endedBy('completed')],
    ['a job of another', aLeasedJob('w2')],
  ])('is refused for %s', (_name, job) => {
    expect(judgeHeartbeat(job, mine)).toMatchObject({ kind: 'refuse', error: { code: 'lease_lost' } })
  })
})

describe('a refusal', () => {
  it('names the state, the token and the holder', () => {
    expect(standing(aLeasedJob('w2'))).toEqual({
      repository: 'acme/shop',
      issue_number: 1,
      state: 'leased',
      current_token: 1,
      held_by: 'w2',
      expires_at: new Date(END).toISOString(),
    })
    expect(standing(aPendingJob())).toMatchObject({ state: 'pending', current_token: 0 })
    expect(standing(endedBy('completed'))).toMatchObject({ state: 'completed' })
  })
})
