import type { DynamoDBRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCounts, type Entry } from '#lib/store/counts'
import { changeOf } from '#lib/store/stream'
import type { Table } from '#lib/store/table'
import { START } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'
import { aStream } from '#test/helpers/journey'
import { aKey, aQueue, aReport, someFacts } from '#test/helpers/queue'

const NONE = { pending: 0, in_progress: 0, completed: 0, failed: 0, withdrawn: 0 }
/** What stands in the queue when `aHistory` is over. */
const IN_THE_END = { pending: 2, in_progress: 1, completed: 1, failed: 1, withdrawn: 1 }

/** Every record of a queue in which six issues met six fates. */
async function aHistory(): Promise<readonly Entry[]> {
  const world = await aQueue({ policy: { maxAttempts: 1 } })
  const { queue, store, lease } = world
  const stream = await aStream(world)
  await world.has(1, 2, 3, 4, 5, 6)
  const job = await store.find(aKey(6))
  await queue.refresh(job!, someFacts(6, ['priority:low']), 'Other text', 't')
  for (const kind of ['completed', 'failed'] as const) {
    const { number, token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number, token, kind, error: 'It broke.' }))
  }
  await queue.redrive(aKey(2), 't')
  await queue.withdraw(aKey(3), 'closed', 't')
  const again = await lease('w1')
  await queue.report(aReport({ worker: 'w1', number: again.number, token: again.token, kind: 'failed', error: 'No.' }))
  await lease('w2')
  const records: DynamoDBRecord[] = []
  for (let some = await stream(); some.length > 0; some = await stream()) records.push(...some)
  return records.map((record) => ({ id: record.eventID ?? '', change: changeOf(record) }))
}

const history = aHistory()

async function someCounts() {
  const { table } = await aTable()
  return { table, counts: createCounts(table) }
}

describe('the counts', () => {
  it('are nothing at first', async () => {
    expect(await (await someCounts()).counts.read()).toEqual(NONE)
  })

  it('say how many jobs are in which state', async () => {
    const { counts } = await someCounts()
    await counts.add(await history, START)

    expect(await counts.read()).toEqual(IN_THE_END)
  })

  it('count a batch once that is delivered twice', async () => {
    const { counts } = await someCounts()
    await counts.add(await history, START)
    await counts.add(await history, START)

    expect(await counts.read()).toEqual(IN_THE_END)
  })

  it('count a batch once whose reply was lost', async () => {
    const { table, counts } = await someCounts()
    const deaf: Table = {
      ...table,
      async putAndChange(...given) {
        await table.putAndChange(...given)
        throw new Error('the reply was lost')
      },
    }
    await expect(createCounts(deaf).add(await history, START)).rejects.toThrow('the reply was lost')
    await counts.add(await history, START)

    expect(await counts.read()).toEqual(IN_THE_END)
  })

  it('stay right in whatever pieces the stream is delivered, each time as long as it likes', async () => {
    const all = await history
    const lengths = fc.array(fc.record({ length: fc.nat(8), fails: fc.boolean() }), { maxLength: 12 })

    await fc.assert(
      fc.asyncProperty(lengths, async (deliveries) => {
        const { counts } = await someCounts()
        let at = 0
        for (const { length, fails } of deliveries) {
          await counts.add(all.slice(at, at + length), START)
          if (!fails) at += length
        }
        await counts.add(all.slice(at), START)
        await counts.add(all.slice(at), START)

        expect(await counts.read()).toEqual(IN_THE_END)
      }),
      { numRuns: 25 },
    )
  })

  it('are added to by several at once', async () => {
    const { counts } = await someCounts()
    const all = await history
    const batches = all.map((_, at) => all.slice(at, at + 1))
    await Promise.all(
      batches.map(async (batch) => {
        for (let tries = 0; tries < 50; tries++) {
          const done = await counts.add(batch, START).then(
            () => true,
            (error: { code?: string }) => {
              if (error.code !== 'unavailable') throw error
              return false
            },
          )
          if (done) return
        }
      }),
    )

    expect(await counts.read()).toEqual(IN_THE_END)
  })
})
