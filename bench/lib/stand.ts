/** What the measurements stand on: an engine, a table, queues as containers have them, and a fast way to fill the line. */
import { BatchWriteItemCommand, CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { systemClock } from '#lib/clock'
import { systemChance } from '#lib/ids'
import { bodyOf } from '#lib/queue/body'
import { leased, NO_USAGE, opened, type Policy, reported } from '#lib/queue/decide'
import type { IssueFacts, Job } from '#lib/queue/model'
import { rank } from '#lib/queue/order'
import { createQueue, type Queue } from '#lib/queue/queue'
import { createClient } from '#lib/store/client'
import { encodeJob } from '#lib/store/job-codec'
import { jobKey, ticketKey } from '#lib/store/keys'
import { createQueueStore } from '#lib/store/queue'
import { createTable, type Item } from '#lib/store/table'
import { startDynoxide } from '#sandbox/dynamodb/dynoxide'

export const REPOSITORY = 'acme/shop'
const BODY = 'Add a coupon field to the checkout form, with a test.'

const POLICY: Policy = { leaseMs: 600_000, maxAttempts: 2, maxWorkersLost: 3, maxPostponed: 20, retryDelayMs: 0 }
const REGION = 'eu-central-1'
/** DynamoDB takes at most 25 items in one BatchWriteItem. */
const BATCH = 25
/** Batches on their way at once. */
const LANES = 8

export type Stand = Awaited<ReturnType<typeof aStand>>
export type Container = ReturnType<Stand['container']>

/**
 * An engine of its own with one empty table; `stop` ends it. The table has no stream: the embedded engine writes four
 * times slower with one, which DynamoDB itself does not.
 */
export async function aStand() {
  const engine = await startDynoxide({ port: 0 })
  const name = 'bench'
  const first = createClient({ endpoint: engine.endpoint, region: REGION })
  await first.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  )

  /** A container: a client, a store and a queue of its own, as on Lambda. */
  function container() {
    const client = createClient({ endpoint: engine.endpoint, region: REGION })
    const store = createQueueStore(createTable({ client, name }), (key) => {
      throw new Error(`unreadable: ${key.pk} ${key.sk}`)
    })
    const queue = createQueue({
      store,
      clock: systemClock,
      chance: systemChance,
      policy: POLICY,
      repositories: async () => [REPOSITORY],
      isPullRequest: () => true,
    })
    return { client, store, queue }
  }

  return { engine, container, fill: (items: Iterable<Item>) => fill(first, name, items), stop: () => engine.stop() }
}

export function factsOf(number: number): IssueFacts {
  const at = Date.UTC(2026, 0, 5) + number * 1000
  return {
    title: `Give the checkout a coupon field, part ${number}`,
    labels: ['ai-ready', 'enhancement'],
    priority: 'medium',
    author: 'mona',
    association: 'MEMBER',
    created_at: at,
    updated_at: at,
  }
}

/** A job as a poll queues it. */
function aJob(number: number): Job {
  const on = { now: systemClock.now(), correlation_id: '8d3b3a8e-93f2-4c3f-9d55-0b9a4f1f6a10' }
  return opened({ repository: REPOSITORY, number }, factsOf(number), bodyOf(BODY), on)
}

/** Tickets of the issues `from` to `from + count - 1`. */
export function* tickets(from: number, count: number): Generator<Item> {
  for (let number = from; number < from + count; number++) {
    const job = aJob(number)
    const { facts, key } = job
    yield encodeJob(job, ticketKey(rank(facts.priority), facts.created_at, key.repository, key.number))
  }
}

/** Records of finished issues. */
export function* finished(from: number, count: number): Generator<Item> {
  const pr_url = `https://github.com/${REPOSITORY}/pull/1`
  for (let number = from; number < from + count; number++) {
    const queued = aJob(number)
    const on = { now: queued.changed_at, correlation_id: queued.correlation_id }
    const lease = leased(queued, 'worker-1', POLICY, on)
    const done = reported(lease, { kind: 'completed', pr_url, error: null, usage: NO_USAGE }, POLICY, on)
    yield encodeJob(done, jobKey(REPOSITORY, number))
  }
}

export function ask(queue: Queue, worker: string) {
  return queue.next({ worker, capabilities: [], ip: null, correlation_id: `ask-${worker}` })
}

/** Reports success of what `ask` gave. */
export async function complete(queue: Queue, worker: string, { key, token }: Job): Promise<void> {
  await queue.report({
    ...{ worker, number: key.number, repository: key.repository, token, kind: 'completed' },
    ...{ pr_url: `https://github.com/${key.repository}/pull/1`, error: null, usage: NO_USAGE, correlation_id: 'bench' },
  })
}

async function fill(client: DynamoDBClient, name: string, items: Iterable<Item>): Promise<void> {
  const batches = batchesOf(items)
  const lane = async () => {
    for (const batch of batches) {
      const requests = batch.map((item) => ({ PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

function* batchesOf(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
