import { describe, expect, it } from 'vitest'
import { halted, judged, leased, NO_USAGE, reported, sentBack, withdrawn } from '#lib/queue/decide'
import { START } from '#test/helpers/clock'
import { POLICY } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, aPendingJob, at } from './support/jobs.ts'

const later = at(START + 1000)
const FEEDBACK = { kind: 'inline', text: 'Name the constant.' } as const
const WORD = { at: START, id: 7 }
const PULL = 'https://github.com/acme/shop/pull/9'

const aFinished = () => reported(aLeasedJob(), { ...anOutcome('completed'), pr_url: PULL }, POLICY, later)
const aRework = () => sentBack(aFinished(), FEEDBACK, WORD, later)

describe('what reviewers say of a job', () => {
  it('sends finished work back with their words, and no other', () => {
    expect(aRework()).toMatchObject({
      state: { kind: 'pending' },
      review: { verdict: 'changes_requested', rounds: 1, id: 7 },
      previous: { error: null, pr_url: PULL, feedback: FEEDBACK },
    })
    expect(sentBack(aPendingJob(), FEEDBACK, WORD, later)).toEqual(aPendingJob())
  })

  it('is forgotten once the rework is done: it awaits review again', () => {
    const again = leased(aRework(), 'w2', POLICY, later)

    const done = reported(again, { ...anOutcome('completed'), pr_url: PULL }, POLICY, later)

    expect(done.review).toMatchObject({ verdict: null, rounds: 1 })
  })

  it('stands, with its pull request, while attempts at the rework fail or are put off without one', () => {
    const again = leased(aRework(), 'w2', POLICY, later)

    for (const kind of ['failed', 'rate_limited'] as const) {
      const next = reported(again, { ...anOutcome(kind), pr_url: null }, POLICY, later)
      expect(next).toMatchObject({ state: { kind: 'pending' }, previous: { pr_url: PULL, feedback: FEEDBACK } })
    }
  })

  it('ends a rework that waits when its pull request is merged or closed', () => {
    const review = { ...WORD, verdict: 'merged', rounds: 1 } as const

    const finish = { outcome: 'completed', pr_url: PULL, error: null }
    expect(judged(aRework(), review, later)).toMatchObject({ review, state: { kind: 'finished', finish } })
    const odd = { ...aRework(), previous: null }
    expect(judged(odd, review, later)).toMatchObject({ state: { finish: { ...finish, pr_url: null } } })
    expect(judged(aFinished(), review, later)).toMatchObject({ review, state: { kind: 'finished' } })
  })
})

describe('a day without money', () => {
  it('takes leased work back, and nothing else', () => {
    expect(halted(aLeasedJob(), POLICY, NO_USAGE, later)).toMatchObject({ state: { kind: 'pending' } })
    const closed = withdrawn(aPendingJob(), 'closed', later)
    expect(halted(closed, POLICY, NO_USAGE, later)).toBe(closed)
  })
})
