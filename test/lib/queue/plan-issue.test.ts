import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '#lib/queue/body'
import { leased, opened, refreshed, reported, withdrawn } from '#lib/queue/decide'
import { STATE_LABELS, stateLabelOf } from '#lib/queue/labels'
import type { Job } from '#lib/queue/model'
import { factsOf, planIssue, planRedrive, whyWithdraw } from '#lib/queue/plan-issue'
import type { Mirror, SourceIssue } from '#lib/queue/source'
import { START } from '#test/helpers/clock'
import { aKey, POLICY } from '#test/helpers/queue'

const TRIGGER = 'ai-ready'
const ON = { now: START, correlation_id: 't' }

function anIssue(over: Partial<SourceIssue> = {}): SourceIssue {
  return {
    repository: 'acme/shop',
    number: 7,
    title: 'Add a coupon field',
    body: 'To the checkout.',
    labels: [TRIGGER],
    state: 'open',
    author: 'mona',
    association: 'MEMBER',
    created_at: START,
    updated_at: START,
    ...over,
  }
}

const queued = (issue = anIssue()): Job => opened(aKey(7), factsOf(issue, TRIGGER), bodyOf(issue.body), ON)
const inHand = (issue = anIssue()): Job => leased(queued(issue), 'w1', POLICY, ON)
const done = (kind: 'completed' | 'failed'): Job =>
  reported(inHand(), { kind, pr_url: null, error: null, usage: queued().usage }, { ...POLICY, maxAttempts: 1 }, ON)

const nothing = { live: undefined, record: undefined, mirror: undefined }
const shown = (job: Job): Mirror => ({ generation: job.generation, version: job.version })

const labels = fc.subarray([TRIGGER, 'AI-READY', ...STATE_LABELS, 'needs-clarification', 'bug', 'priority: high'])
const issues = fc.record({
  title: fc.string(),
  body: fc.string(),
  labels,
  updated_at: fc.integer({ min: -5, max: 5 }).map((n) => START + n),
})
const jobs = fc.constantFrom(queued(), inHand(), done('completed'), done('failed'), withdrawn(queued(), 'closed', ON))
const versions = fc.record({ generation: fc.integer({ min: 1, max: 2 }), version: fc.integer({ min: 0, max: 6 }) })

describe('the plan for an issue', () => {
  it('adds it when it is wanted, unknown, and in no state', () => {
    expect(planIssue(anIssue(), nothing, TRIGGER)).toEqual({ kind: 'add', issue: anIssue() })
    expect(planIssue(anIssue({ labels: ['AI-Ready'] }), nothing, TRIGGER)).toMatchObject({ kind: 'add' })
  })

  it.each([...STATE_LABELS, 'needs-clarification', 'Needs-Clarification'])(
    'leaves an unknown one with %s alone',
    (label) => {
      expect(planIssue(anIssue({ labels: [TRIGGER, label] }), nothing, TRIGGER)).toMatchObject({ kind: 'leave' })
    },
  )

  it('puts a ticket back that a crash kept out of the line', () => {
    const record = queued()
    expect(planIssue(anIssue(), { ...nothing, record }, TRIGGER)).toEqual({ kind: 'requeue', job: record })
  })

  it('refreshes a waiting one whose title, body or labels changed, and no other', () => {
    const live = queued()
    const plan = (over: Partial<SourceIssue>) => planIssue(anIssue(over), { ...nothing, live }, TRIGGER).kind

    expect(plan({ title: 'Other' })).toBe('refresh')
    expect(plan({ body: 'Other' })).toBe('refresh')
    expect(plan({ labels: [TRIGGER, 'bug'] })).toBe('refresh')
    expect(plan({ labels: ['ai-in-progress'], updated_at: START + 9_000 })).toBe('leave')
    expect(plan({ title: 'Older than what is known', updated_at: START - 1 })).toBe('leave')
  })

  it('keeps what it says while a worker has it in hand, once', () => {
    const live = inHand()
    expect(planIssue(anIssue(), { ...nothing, live }, TRIGGER).kind).toBe('leave')
    const edited = anIssue({ title: 'New' })
    expect(planIssue(edited, { ...nothing, live }, TRIGGER).kind).toBe('refresh')
    const noted = refreshed(live, factsOf(edited, TRIGGER), bodyOf(edited.body), ON)
    expect(planIssue(edited, { ...nothing, live: noted }, TRIGGER).kind).toBe('leave')
    expect(planIssue(anIssue(), { ...nothing, live: noted }, TRIGGER).kind).toBe('refresh')
  })

  it('begins finished work anew only when GitHub was made to show its end, and shows the wish of a person', () => {
    fc.assert(
      fc.property(issues, jobs, fc.option(versions, { nil: undefined }), (over, record, mirror) => {
        const issue = anIssue(over)
        const step = planIssue(issue, { live: undefined, record, mirror }, TRIGGER)
        if (step.kind !== 'redrive') return
        expect(record.state.kind).toBe('finished')
        expect(mirror?.generation).toBe(record.generation)
        expect(mirror?.version).toBeGreaterThanOrEqual(record.version)
        expect(planRedrive(issue, record, TRIGGER).kind).toBe('redrive')
      }),
    )
  })

  it('never begins anew what looks as the queue itself left it', () => {
    fc.assert(
      fc.property(jobs, (record) => {
        const state = stateLabelOf(record)
        const issue = anIssue({ labels: state === null ? [] : [state] })
        expect(planIssue(issue, { live: undefined, record, mirror: shown(record) }, TRIGGER).kind).not.toBe('redrive')
      }),
    )
  })

  it('is to leave alone, once a refresh was carried out', () => {
    fc.assert(
      fc.property(issues, (over) => {
        const issue = anIssue(over)
        const live = queued(issue)
        expect(planIssue(issue, { ...nothing, live }, TRIGGER)).toMatchObject({ kind: 'leave' })
      }),
    )
  })

  it('knows an answer to everything', () => {
    const known = fc.record({
      live: fc.option(jobs, { nil: undefined }),
      record: fc.option(jobs, { nil: undefined }),
      mirror: fc.option(versions, { nil: undefined }),
    })
    fc.assert(fc.property(issues, known, (over, known) => void planIssue(anIssue(over), known, TRIGGER)))
  })
})

describe('a live job whose issue is in no listing', () => {
  it('stays while the issue is open and carries a label of ours', () => {
    const issue = (over: Partial<SourceIssue>) => ({ kind: 'issue', issue: anIssue(over) }) as const

    expect(whyWithdraw(issue({}), TRIGGER)).toBeUndefined()
    expect(whyWithdraw(issue({ labels: ['ai-in-progress'] }), TRIGGER)).toBeUndefined()
    expect(whyWithdraw(issue({ labels: [] }), TRIGGER)).toMatch(/removed/)
    expect(whyWithdraw(issue({ state: 'closed' }), TRIGGER)).toMatch(/closed/)
    expect(whyWithdraw({ kind: 'gone', reason: 'Deleted.' }, TRIGGER)).toBe('Deleted.')
  })
})
