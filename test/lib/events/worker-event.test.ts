import { describe, expect, it } from 'vitest'
import { workerEnvelope, workerEventOf } from '#lib/events/worker-event'
import type { WorkerRecord } from '#lib/queue/model'
import { workerChangeOf } from '#lib/store/worker-stream'
import { START } from '#test/helpers/clock'

const worker: WorkerRecord = {
  ...{
    id: 'w1',
    first_seen: START,
    last_seen: START,
    total_tasks: 1,
    capabilities: [],
    ip: null,
    pointer: null,
    version: 1,
  },
}
const gone: WorkerRecord = {
  ...worker,
  check: { host: '10.0.0.11', state: 'unreachable', detail: 'No.', since: START, at: START, valid_until: START + 1 },
  presence: { offline: true, since: START, reason: 'No.', seq: 1, correlation_id: 'c' },
}
const back: WorkerRecord = {
  ...worker,
  presence: { offline: false, since: START + 1, reason: null, seq: 2, correlation_id: 'd' },
}

describe('the event of a worker', () => {
  it('that went names the host, what was found of it and why', () => {
    const event = workerEventOf({ before: worker, after: gone })

    expect(workerEnvelope.parse(event)).toEqual({
      event_id: `worker:w1:${START}:1`,
      event_type: 'WORKER_OFFLINE',
      timestamp: '2026-01-05T08:00:00.000Z',
      correlation_id: 'c',
      entity: { kind: 'worker', id: 'w1' },
      seq: 1,
      worker_id: 'w1',
      host: '10.0.0.11',
      found: 'unreachable',
      reason: 'No.',
    })
  })

  it('that came back names none when it only calls in', () => {
    const event = workerEventOf({ before: gone, after: back })
    expect(event).toMatchObject({ event_type: 'WORKER_ONLINE', seq: 2, host: null, found: null, reason: null })
  })

  it.each([
    ['first seen', undefined, worker],
    ['that called', worker, worker],
    ['still gone', gone, { ...gone, version: 2 }],
  ])('%s is none', (_, before, after) => {
    expect(workerEventOf({ before, after })).toBeUndefined()
  })

  it('is read from no record of another kind, nor from one that was removed', () => {
    const keys = (pk: string) => ({ Keys: { pk: { S: pk }, sk: { S: 'w1' } } })
    expect(workerChangeOf({ dynamodb: keys('JOBS#a/b') })).toBeUndefined()
    expect(workerChangeOf({ eventName: 'REMOVE', dynamodb: keys('WORKERS') })).toBeUndefined()
    expect(workerChangeOf({})).toBeUndefined()
  })
})
