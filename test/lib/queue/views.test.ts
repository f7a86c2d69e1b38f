import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { eventOf } from '#lib/events/change'
import { expired, leased, opened, reported, withdrawn } from '#lib/queue/decide'
import type { WorkerRecord } from '#lib/queue/model'
import { answerView, itemView, pulseView, workerView } from '#lib/queue/views'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

const ON = { now: START, correlation_id: 't' }
const job = opened(aKey(7), someFacts(7), { kind: 'inline', text: 'Body' }, ON)
const inHand = leased(job, 'w1', POLICY, ON)
const usage = job.usage

const worker: WorkerRecord = {
  id: 'w1',
  first_seen: START,
  last_seen: START,
  total_tasks: 1,
  capabilities: [],
  ip: null,
  pointer: { key: job.key, token: 1, version: 2, expires_at: START + POLICY.leaseMs },
  version: 1,
}

describe('the answer to a worker', () => {
  it('names the work, its branch by its number alone, and the lease', () => {
    const hostile = { ...inHand, facts: { ...inHand.facts, title: '$(curl x) ../' } }
    const answer = answerView({ kind: 'work', job: hostile, body: 'Body', feedback: null }, POLICY)

    expect(answer).toMatchObject({ work_available: true, branch_name: 'ai-feature/issue-7', body: 'Body' })
    expect(answer).toMatchObject({ attempt: 1, max_attempts: 2, lease: { token: 1 } })
    expect(answer).not.toHaveProperty('previous')
  })

  it('tells the second attempt what the first left behind', () => {
    const failed = reported(inHand, { kind: 'failed', pr_url: null, error: 'It broke.', usage }, POLICY, ON)
    const answer = answerView({ kind: 'work', job: leased(failed, 'w2', POLICY, ON), body: '', feedback: null }, POLICY)

    expect(answer).toMatchObject({ attempt: 2, previous: { error: 'It broke.' }, lease: { token: 2 } })
  })

  it('without work says when to ask again, in whole seconds, never early', () => {
    expect(answerView({ kind: 'none', retry_after_ms: 1_001 }, POLICY)).toEqual({
      work_available: false,
      blocked: false,
      retry_after_seconds: 2,
    })
  })

  it('to a heartbeat is the lease, or the reason to stop', () => {
    expect(pulseView({ job: inHand, cancel: null })).toMatchObject({ lease: { token: 1 }, cancel: false })
    const stopped = withdrawn(inHand, 'The issue was closed.', ON)
    const cancel = { lease: null, cancel: true, reason: 'The issue was closed.' }
    expect(pulseView({ job: stopped, cancel: 'The issue was closed.' })).toEqual(cancel)
  })
})

describe('an item', () => {
  it('hides a token in an error that was stored before errors were masked', () => {
    const error = `git push failed: https://x:${'p4ss'.repeat(4)}@github.com with ghs_${'aB3'.repeat(12)}`
    const failed = reported(inHand, { kind: 'failed', pr_url: null, error, usage }, POLICY, ON)
    const again = answerView({ kind: 'work', job: leased(failed, 'w2', POLICY, ON), body: '', feedback: null }, POLICY)

    const shown = 'git push failed: https://x:***@github.com with ***'
    expect(itemView(failed, POLICY)).toMatchObject({ error: shown })
    expect(again).toMatchObject({ previous: { error: shown } })
    expect(eventOf({ before: inHand, after: failed })).toMatchObject({ error: shown })
  })

  it.each([
    [job, { status: 'pending', assigned_to: null, attempt: 1 }],
    [inHand, { status: 'in_progress', assigned_to: 'w1' }],
    [withdrawn(job, 'closed', ON), { status: 'withdrawn', assigned_to: null, error: 'closed' }],
    [expired(inHand, POLICY, ON), { status: 'pending', workers_lost: 1, attempt: 1 }],
    [
      reported(inHand, { kind: 'completed', pr_url: 'https://x', error: null, usage }, POLICY, ON),
      { status: 'completed', assigned_to: 'w1', pr_url: 'https://x' },
    ],
    [
      reported(inHand, { kind: 'failed', pr_url: null, error: 'No.', usage }, { ...POLICY, maxAttempts: 1 }, ON),
      { status: 'failed', assigned_to: 'w1', error: 'No.' },
    ],
  ])('shows its state', (of, shown) => {
    expect(itemView(of, POLICY)).toMatchObject(shown)
  })

  it('that waits for its time says for how long', () => {
    const limited = { kind: 'rate_limited', pr_url: null, error: 'Later.', usage } as const
    const waiting = itemView(reported(inHand, limited, POLICY, ON), POLICY)

    expect(waiting).toMatchObject({ status: 'pending', not_before: '2026-01-05T08:00:30.000Z' })
    expect(itemView(job, POLICY)).not.toHaveProperty('not_before')
  })
})

describe('a worker', () => {
  const view = (now: number, of = inHand) => workerView(worker, of, now)

  it('is busy while its lease lives, and degraded once it missed a heartbeat', () => {
    expect(view(START + minutes(6))).toMatchObject({ status: 'busy', health: 'healthy', current_task: 7 })
    expect(view(START + minutes(7))).toMatchObject({ status: 'busy', health: 'degraded' })
  })

  it('is offline once its lease ran out in silence', () => {
    expect(view(START + minutes(10))).toMatchObject({ status: 'offline', health: 'unhealthy', current_task: null })
  })

  it('without a lease is available for three minutes after it called', () => {
    const idle = { ...worker, pointer: null }
    expect(workerView(idle, undefined, START + minutes(3) - 1)).toMatchObject({
      status: 'available',
      health: 'healthy',
    })
    expect(workerView(idle, undefined, START + minutes(3))).toMatchObject({ status: 'offline' })
  })

  it('is not busy with what another took', () => {
    const other = leased(expired(inHand, POLICY, ON), 'w2', POLICY, ON)
    expect(view(START + seconds(1), other)).toMatchObject({ status: 'available', current_task: null })
  })
})
