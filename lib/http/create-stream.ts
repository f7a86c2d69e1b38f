/**
 * The way to make a handler of the table's stream: records one by one in their order, up to the first that fails.
 *
 * That one and all behind it are reported back, so that Lambda repeats from there: order is kept, and what is done stays
 * done. Needs `functionResponseType: ReportBatchItemFailures` at the event source.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { Clock } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { correlationIdOf } from './correlation.ts'
import type { Log } from './log.ts'

export interface StreamPorts {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export type StreamHandler = (event: DynamoDBStreamEvent, context?: Context) => Promise<DynamoDBBatchResponse>

/** A batch ends itself with this much time left, so that what is done gets reported instead of repeated. */
const RESERVE_MS = 1_000

export function createStream({ clock, ids, log }: StreamPorts) {
  return (
    name: string,
    handle: (record: DynamoDBRecord, run: { correlationId: string }) => Promise<unknown>,
  ): StreamHandler =>
    async (event, context) => {
      const startedAt = clock.now()
      const correlationId = correlationIdOf(context?.awsRequestId, ids)
      const facts = () => ({ run: name, ms: clock.now() - startedAt, correlation_id: correlationId })
      let done = 0
      try {
        for (const record of event.Records) {
          // The first is always tried, or a slow start would repeat for ever.
          if (done > 0 && (context?.getRemainingTimeInMillis?.() ?? Infinity) < RESERVE_MS) break
          await handle(record, { correlationId })
          done += 1
        }
        log.info('stream', { ...facts(), done, left: event.Records.length - done })
      } catch (error) {
        log.error('stream', { ...facts(), done, left: event.Records.length - done, error })
      }
      return { batchItemFailures: event.Records.slice(done).map(toFailure) }
    }
}

function toFailure(record: DynamoDBRecord) {
  const sequence = record.dynamodb?.SequenceNumber
  // An empty identifier makes Lambda repeat the whole batch, which is what an unreadable record deserves.
  return { itemIdentifier: sequence ?? '' }
}
