/** What the queue shows of an item belongs to the state that the item is in, whatever lies behind it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { expired, halted, judged, leased, reopened, reported, sentBack, withdrawn } from '#lib/queue/decide'
import type { Job } from '#lib/queue/model'
import { itemView } from '#lib/queue/views'
import { START } from '#test/helpers/clock'
import { POLICY } from '#test/helpers/queue'
import { anOutcome, aPendingJob, at } from './support/jobs.ts'

const FEEDBACK = { kind: 'inline', text: 'Name the field.' } as const
const WORD = { at: START, id: 1 }
const hasPull = ({ state, review }: Job) =>
  state.kind === 'finished' ? state.finish.outcome === 'completed' : review.verdict === 'changes_requested'
const merged = (job: Job) => ({ ...job.review, ...WORD, verdict: 'merged' as const })

/** Every transition of a job, each left out where the state does not allow it. */
const STEPS = {
  lease: (job: Job, now: number) => (job.state.kind === 'pending' ? leased(job, 'w1', POLICY, at(now)) : job),
  leaseOther: (job: Job, now: number) => (job.state.kind === 'pending' ? leased(job, 'w2', POLICY, at(now)) : job),
  complete: (job: Job, now: number) => reported(job, anOutcome('completed'), POLICY, at(now)),
  fail: (job: Job, now: number) => reported(job, anOutcome('failed'), POLICY, at(now)),
  limited: (job: Job, now: number) => reported(job, anOutcome('rate_limited'), POLICY, at(now)),
  release: (job: Job, now: number) => reported(job, anOutcome('released'), POLICY, at(now)),
  lose: (job: Job, now: number) => expired(job, POLICY, at(now)),
  halt: (job: Job, now: number) => halted(job, POLICY, job.usage, at(now)),
  withdraw: (job: Job, now: number) =>
    job.state.kind === 'finished' ? job : withdrawn(job, 'The issue was closed.', at(now)),
  sendBack: (job: Job, now: number) => (hasPull(job) ? sentBack(job, FEEDBACK, WORD, at(now)) : job),
  merge: (job: Job, now: number) => (hasPull(job) ? judged(job, merged(job), at(now)) : job),
  redrive: (job: Job, now: number) =>
    job.state.kind === 'finished' ? reopened(job, job.facts, job.body, at(now)) : job,
} as const

type Step = keyof typeof STEPS

const itemAfter = (...steps: readonly Step[]) =>
  itemView(
    steps.reduce((job, step, n) => STEPS[step](job, START + minutes(n)), aPendingJob()),
    POLICY,
  )

type Shown = Omit<ReturnType<typeof itemView>, 'status'>

/** Which of an item's fields say something. */
function factsOf(item: Shown) {
  const { leased_at, lease_expires_at, finished_at, assigned_to, error, not_before, review } = item
  return {
    lease: leased_at !== null && lease_expires_at !== null,
    noLease: leased_at === null && lease_expires_at === null,
    finished: finished_at !== null,
    assigned: assigned_to !== null,
    error: error !== null,
    delayed: not_before !== undefined,
    reviewed: review !== null,
  }
}

/** What each state shows, and what it must not; left out is what may be either. */
const OVER = { noLease: true, finished: true, delayed: false }
const BELONGS = {
  pending: { noLease: true, finished: false, assigned: false },
  in_progress: { lease: true, finished: false, assigned: true, error: false, delayed: false },
  completed: { ...OVER, assigned: true, error: false },
  failed: { ...OVER, assigned: true, error: true, reviewed: false },
  withdrawn: { ...OVER, assigned: false, error: true, reviewed: false },
} as const

describe('an item of the queue', () => {
  it.each<readonly [string, readonly Step[], object]>([
    [
      'completed at its second attempt',
      ['lease', 'fail', 'leaseOther', 'complete'],
      { error: null, assigned_to: 'w2' },
    ],
    ['at its second attempt', ['lease', 'fail', 'leaseOther'], { error: null, assigned_to: 'w2' }],
    ['that waits for its second attempt', ['lease', 'fail'], { error: 'It broke.', assigned_to: null }],
    ['that was put off', ['lease', 'limited'], { error: 'It broke.', assigned_to: null }],
    ['that failed for good', ['lease', 'fail', 'leaseOther', 'fail'], { error: 'It broke.', assigned_to: 'w2' }],
    ['asked for anew after it failed', ['lease', 'fail', 'lease', 'fail', 'redrive'], { error: null }],
    ['asked for anew after it was withdrawn', ['withdraw', 'redrive'], { error: null }],
    [
      'withdrawn from its second worker',
      ['lease', 'fail', 'leaseOther', 'withdraw'],
      { error: 'The issue was closed.', assigned_to: null },
    ],
    ['that was given back after a failure', ['lease', 'fail', 'lease', 'release'], { error: 'It broke.' }],
    ['sent back by reviewers', ['lease', 'fail', 'lease', 'complete', 'sendBack'], { error: null, assigned_to: null }],
    ['merged', ['lease', 'fail', 'leaseOther', 'complete', 'merge'], { error: null, assigned_to: 'w2' }],
  ])('%s', (_, steps, shown) => {
    expect(itemAfter(...steps)).toMatchObject(shown)
  })

  it('shows in each state what belongs to that state alone, after any story', () => {
    const steps = fc.array(fc.constantFrom(...(Object.keys(STEPS) as Step[])), { maxLength: 14 })
    fc.assert(
      fc.property(steps, (story) => {
        const { status, ...item } = itemAfter(...story)
        expect({ status, ...factsOf(item) }).toMatchObject(BELONGS[status])
        const nothingBroke = !story.includes('fail') && !story.includes('limited')
        if (status === 'pending' && nothingBroke) expect(item.error).toBeNull()
      }),
      { numRuns: 300 },
    )
  })
})
