/**
 * The way to make a handler of the table's stream that stores what a batch comes to at once, e.g. a sum.
 *
 * Each record is read by itself, the readable ones are committed together. A record that cannot be read is set aside as a
 * dead letter; a commit that will not succeed is split until the record at fault is alone, and that one is set aside.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { letterId } from '#lib/events/dead-letters'
import { isOwnRecord, letterAskedFor } from '#lib/store/events/records'
import { correlationIdOf } from './correlation.ts'
import { createNoting, levelOf, type StreamHandler, type StreamPorts, toFailure } from './create-stream.ts'
import { requireSeal } from './sealed.ts'
import { isHopeless, letterFor, type Reader, recordIdOf, repeat } from './set-aside.ts'

export interface BatchWork<T> {
  /** Reads one record. What it throws is that record's own fault. */
  readonly read: (record: DynamoDBRecord) => T
  /** Stores what the records come to, all or nothing. What comes again, alone or with others, counts once. */
  readonly commit: (batch: readonly T[]) => Promise<unknown>
}

/** Letters of this reader that are looked at before a batch: none, as a rule. */
const MOST_LETTERS = 200

interface Read<T> {
  readonly record: DynamoDBRecord
  readonly value: T
}

export function createBatchStream(ports: StreamPorts) {
  return <T>(name: string, work: BatchWork<T>): StreamHandler => {
    const { clock, ids, log } = ports
    const noteDone = createNoting(ports, name)
    const batch = createBatch(ports, { name, inOrder: false }, work)
    return async (event: DynamoDBStreamEvent, context?: Context): Promise<DynamoDBBatchResponse> => {
      requireSeal(ports, event, context)
      const startedAt = clock.now()
      const correlation_id = correlationIdOf(context?.awsRequestId, ids)
      const facts = () => ({ run: name, ms: clock.now() - startedAt, correlation_id, records: event.Records.length })
      try {
        await batch(event.Records)
        log[levelOf(event.Records)]('stream', facts())
      } catch (error) {
        log.error('stream', { ...facts(), error })
        return { batchItemFailures: event.Records.slice(0, 1).map(toFailure) }
      }
      await noteDone(event.Records)
      return { batchItemFailures: [] }
    }
  }
}

/** Handles one batch. Throws when all of it has to be delivered again. */
function createBatch<T>({ keep, clock, log }: StreamPorts, reader: Reader, { read, commit }: BatchWork<T>) {
  const setAside = () => ({ ...keep(), clock })

  async function keepApart(record: DynamoDBRecord, error: unknown): Promise<void> {
    await keep().letters.put(letterFor(reader.name, record, { error, at: clock.now() }), record)
    log.error('record set aside', { run: reader.name, record: recordIdOf(record), error })
  }

  async function readable(record: DynamoDBRecord): Promise<readonly Read<T>[]> {
    if (isOwnRecord(record)) return []
    try {
      return [{ record, value: read(record) }]
    } catch (error) {
      await keepApart(record, error)
      return []
    }
  }

  async function settle(batch: readonly Read<T>[]): Promise<void> {
    const [first, ...others] = batch
    if (first === undefined) return
    try {
      await commit(batch.map(({ value }) => value))
    } catch (error) {
      if (!(await isHopeless(setAside(), reader, { record: first.record, error }))) throw error
      if (others.length === 0) return keepApart(first.record, error)
      const half = Math.ceil(batch.length / 2)
      await settle(batch.slice(0, half))
      await settle(batch.slice(half))
    }
  }

  return async function handle(records: readonly DynamoDBRecord[]): Promise<void> {
    for (const record of records) {
      const letter = letterAskedFor(record, reader.name)
      if (letter !== undefined) await repeat(setAside(), letter, async (kept) => commit([read(kept)]))
    }
    const { letters } = await keep().letters.list({ reader: reader.name, limit: MOST_LETTERS })
    const aside = new Set(letters.map(({ id }) => id))
    const found: Read<T>[] = []
    // One that was set aside counts when it is redriven, even if it can be read by now.
    for (const record of records) {
      if (!aside.has(letterId(reader.name, recordIdOf(record)))) found.push(...(await readable(record)))
    }
    await settle(found)
  }
}
