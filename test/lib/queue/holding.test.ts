import { describe, expect, it } from 'vitest'
import { expired, reported, withdrawn } from '#lib/queue/decide'
import { readPointer } from '#lib/queue/holding'
import type { Job, Pointer, WorkerRecord } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { aKey, POLICY } from '#test/helpers/queue'
import { aLeasedJob, anOutcome, aPendingJob, at } from './support/jobs.ts'

const END = START + POLICY.leaseMs
const lease = aLeasedJob()

const aWorker = (pointer: Partial<Pointer> | null): WorkerRecord => ({
  id: 'w1',
  first_seen: START,
  last_seen: START,
  total_tasks: 1,
  capabilities: [],
  ip: null,
  pointer: pointer && { key: aKey(1), token: 1, version: 2, expires_at: END, ...pointer },
  version: 1,
})

interface Case {
  readonly pointer: Partial<Pointer> | null
  readonly job: Job | undefined
  readonly now: number
}

describe('the pointer of a worker', () => {
  const ended = withdrawn(aPendingJob(), 'closed', at(START))
  const failed = reported(lease, anOutcome('failed'), POLICY, at(START))
  const completed = reported(lease, anOutcome('completed'), POLICY, at(START))
  const cases: readonly [string, string, Case][] = [
    ['that is none', 'nothing', { pointer: null, job: lease, now: START }],
    ['to a live lease of its own', 'held', { pointer: {}, job: lease, now: END - 1 }],
    ['to a lease of its own that ran out', 'expired', { pointer: {}, job: lease, now: END }],
    ['to a job that went to another worker', 'nothing', { pointer: {}, job: aLeasedJob('w2'), now: START }],
    ['to another lease of that job', 'nothing', { pointer: { token: 0, version: 1 }, job: lease, now: START }],
    ['to a claim not made yet, of a new job', 'claiming', { pointer: {}, job: undefined, now: START }],
    ['to a claim not made yet', 'claiming', { pointer: { version: 3, token: 2 }, job: lease, now: START }],
    ['to a claim that was never made', 'nothing', { pointer: {}, job: undefined, now: END }],
    ['to a claim overtaken by a withdrawal', 'nothing', { pointer: {}, job: ended, now: START }],
    ['to a job that failed', 'pending', { pointer: {}, job: failed, now: START }],
    ['to a job whose lease was ended', 'pending', { pointer: {}, job: expired(lease, POLICY, at(END)), now: END }],
    ['to a finished job', 'nothing', { pointer: {}, job: completed, now: START }],
  ]

  it.each(cases)('%s means %s', (_name, kind, { pointer, job, now }) => {
    expect(readPointer(aWorker(pointer), job, now).kind).toBe(kind)
  })
})
