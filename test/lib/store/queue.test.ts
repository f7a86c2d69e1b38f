import { describe, expect, it } from 'vitest'
import { ticketKey } from '#lib/store/keys'
import { createQueueStore } from '#lib/store/queue'
import { queueStoreContract } from '#test/contracts/queue-store'
import { aTable } from '#test/helpers/dynamodb'
import { aKey, aQueue } from '#test/helpers/queue'

const engine = process.env['TEST_DYNAMODB_ENDPOINT'] ? 'the given DynamoDB' : 'the embedded DynamoDB'

queueStoreContract(engine, async () => {
  const { table } = await aTable()
  return createQueueStore(table, ({ pk, sk }) => {
    throw new Error(`unreadable: ${pk} ${sk}`)
  })
})

describe('an item that nobody can read', () => {
  async function aStrangeTicket() {
    const crew = await aQueue()
    await crew.has(1, 2)
    await crew.table.put({ ...ticketKey(0, 5, 'acme/shop', 3), repository: 'acme/shop', number: 3, kind: 'job' })
    return crew
  }

  it('is left out of lists and named', async () => {
    const { store, unknown } = await aStrangeTicket()

    expect((await store.ready(10)).items.map((job) => job.key.number)).toEqual([1, 2])
    expect(unknown).toEqual([ticketKey(0, 5, 'acme/shop', 3).sk])
  })

  it('asked for by itself is refused for now', async () => {
    const { store } = await aStrangeTicket()

    await expect(store.find(aKey(3))).rejects.toMatchObject({ code: 'unavailable', details: { unreadable: true } })
  })
})

describe('an orphaned pull request', () => {
  it('is forgotten after a month', async () => {
    const { store, table } = await aQueue()
    const pr_url = 'https://github.com/acme/shop/pull/9'
    await store.noteOrphan({ key: aKey(1), worker: 'w1', pr_url, at: 1_000 })

    expect((await table.query({ pk: 'ORPHANS#acme/shop', limit: 5 })).items).toMatchObject([
      { pr_url, ttl: 30 * 24 * 3600 + 1 },
    ])
  })
})
