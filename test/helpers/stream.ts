/** Readers of the table's stream in tests: the real stores on a real table, and a handler that fails as it is told. */
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { seconds } from '#lib/clock'
import { createStream, type StreamOptions, type StreamPorts } from '#lib/http/create-stream'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createReaderStore } from '#lib/store/events/readers'
import { aClock } from './clock.ts'
import { aTable } from './dynamodb.ts'
import { aLog } from './http.ts'

export const aBatch = (...records: readonly DynamoDBRecord[]): DynamoDBStreamEvent => ({ Records: [...records] })

/** A change of the item `entity`, the nth of the stream. */
export const aRecord = (n: number, entity = `entity-${n}`): DynamoDBRecord => ({
  eventID: `record-${n}`,
  eventName: 'INSERT',
  dynamodb: {
    ApproximateCreationDateTime: 1_767_600_000 + n,
    SequenceNumber: String(n),
    Keys: { pk: { S: 'THINGS' }, sk: { S: entity } },
  },
})

export async function somePorts() {
  const { table, ...local } = await aTable()
  const letters = createDeadLetterStore(table)
  const readers = createReaderStore(table)
  const clock = aClock()
  const { log, lines } = aLog()
  const ids = { uuid: () => 'fresh-id', secret: () => '' }
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  const ports: StreamPorts = { clock, ids, log, sleep, keep: () => ({ letters, readers }) }
  return { ...local, table, ports, letters, readers, clock, lines, pauses }
}

/** A reader called `things`. `failures` says, by sequence, what handling a record throws; it may be changed. */
export async function aReader(options: StreamOptions = {}) {
  const world = await somePorts()
  const failures = new Map<string, () => Error>()
  const seen: string[] = []
  const tried: string[] = []
  const handler = createStream(world.ports)(
    'things',
    async ({ dynamodb }) => {
      const sequence = dynamodb?.SequenceNumber ?? ''
      tried.push(sequence)
      const failure = failures.get(sequence)
      if (failure !== undefined) throw failure()
      seen.push(sequence)
    },
    options,
  )
  /** Delivers records as Lambda does, again from the first that failed, a second apart, at most `times`. */
  async function deliver(records: readonly DynamoDBRecord[], times = 1): Promise<readonly DynamoDBRecord[]> {
    let rest = records
    for (let time = 0; time < times && rest.length > 0; time++) {
      const { batchItemFailures } = await handler(aBatch(...rest))
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      rest = rest.filter(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''))
      world.clock.advance(seconds(1))
    }
    return rest
  }
  return { ...world, handler, failures, seen, tried, deliver }
}
