import type { DynamoDBRecord } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { eventOf } from '#lib/events/change'
import { envelope } from '#lib/events/types'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import { changeOf } from '#lib/store/stream'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aStream } from '#test/helpers/journey'
import { aKey, aQueue, aReport, someFacts } from '#test/helpers/queue'

type World = Awaited<ReturnType<typeof aQueue>>

/** What the table's stream tells of what `act` did. */
async function toldOf(act: (world: World) => Promise<unknown>, over: Parameters<typeof aQueue>[0] = {}) {
  const world = await aQueue(over)
  const stream = await aStream(world)
  await act(world)
  const records: DynamoDBRecord[] = []
  for (let some = await stream(); some.length > 0; some = await stream()) records.push(...some)
  const changes = records.map(changeOf).filter((change) => change !== undefined)
  const events = changes.map(eventOf).filter((event) => event !== undefined)
  return { records, changes, events, types: events.map(({ event_type }) => event_type) }
}

const report = async ({ queue, lease }: World, kind: 'completed' | 'failed' | 'released' | 'rate_limited') => {
  const { token, number } = await lease('w1')
  await queue.report(aReport({ worker: 'w1', number, kind, token, error: kind === 'completed' ? null : 'It broke.' }))
}

describe('the stream of the table', () => {
  it('tells each change of a job once, from the queueing to the completion', async () => {
    const { types, events } = await toldOf(async (world) => {
      await world.has(7)
      await report(world, 'completed')
    })

    expect(types).toEqual(['WORK_QUEUED', 'WORK_LEASED', 'WORK_COMPLETED'])
    expect(events.map(({ event_id }) => event_id)).toEqual([1, 2, 3].map((seq) => `issue:acme/shop#7:${seq}`))
  })

  it('tells of failures, of giving up, and of the next generation', async () => {
    const { types } = await toldOf(async (world) => {
      await world.has(7)
      await report(world, 'failed')
      await report(world, 'failed')
      await world.queue.redrive(aKey(7), 'operator')
    })

    expect(types).toEqual(['WORK_QUEUED', 'WORK_LEASED', 'WORK_FAILED', 'WORK_LEASED', 'WORK_EXHAUSTED', 'WORK_QUEUED'])
  })

  it('tells of work given back, of leases that ran out, and of heartbeats that came late', async () => {
    const { types } = await toldOf(async (world) => {
      const { queue, clock, lease } = world
      await world.has(7)
      await report(world, 'released')
      const { token } = await lease('w1')
      const beat = { worker: 'w1', number: 7, repository: 'acme/shop', token, correlation_id: 'beat' }
      const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
      await queue.heartbeat({ ...beat, usage })
      clock.advance(minutes(11))
      await queue.heartbeat({ ...beat, usage })
      clock.advance(minutes(11))
      await lease('w2')
    })

    expect(types).toEqual([
      'WORK_QUEUED',
      'WORK_LEASED',
      'WORK_RELEASED',
      'WORK_LEASED',
      'WORK_RENEWED_LATE',
      'WORK_LEASE_EXPIRED',
      'WORK_LEASED',
    ])
  })

  it('tells of edits and of withdrawals', async () => {
    const { types } = await toldOf(async ({ queue, store, has }) => {
      await has(7)
      const job = await store.find(aKey(7))
      await queue.refresh(job!, { ...someFacts(7, ['priority:high']), title: 'New' }, 'New body', 't')
      await queue.withdraw(aKey(7), 'The issue was closed.', 't')
    })

    expect(types).toEqual(['WORK_QUEUED', 'WORK_REFRESHED', 'WORK_WITHDRAWN'])
  })

  it('numbers the events of an issue without a gap, each as its schema says', async () => {
    const { events } = await toldOf(async (world) => {
      await world.has(7)
      await report(world, 'rate_limited')
      world.clock.advance(minutes(5))
      await report(world, 'completed')
      await world.queue.redrive(aKey(7), 'operator')
      await report(world, 'completed')
    })

    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
    for (const event of events) expect(envelope.parse(event)).toEqual(event)
  })

  it('tells nothing of workers, bodies, locks, debts and polls', async () => {
    const { records, changes } = await toldOf(async ({ table, clock, ask, store }) => {
      await ask('w1')
      await store.keepBody(aKey(7), { kind: 'apart', revision: 'r', bytes: 9 }, 'some text')
      const ledger = createLedger(table, clock)
      await ledger.owe(anOwedWrite())
      await ledger.lock('me', clock.now() + 1)
      await createPollStore(table).closeUntil(clock.now() + 1)
    })

    expect(records.length).toBeGreaterThanOrEqual(5)
    expect(changes).toEqual([])
  })

  it('throws at a job it cannot read, so that the record comes again', async () => {
    const tell = toldOf(async ({ table }) => {
      await table.put({ pk: 'JOBS#acme/shop', sk: '0000000007', kind: 'job', version: 9, state: 'dreaming' })
    })

    await expect(tell).rejects.toThrow()
  })
})
