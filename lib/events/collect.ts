/**
 * Turns what AWS Lambda reports of failed invocations into dead letters.
 *
 * Lambda's message about a batch of the stream names its place alone, and the stream forgets it after 24 hours: the records
 * are read from there and kept now. A message about a scheduled run carries its whole request.
 */
import type { DynamoDBRecord } from 'aws-lambda'
import * as z from 'zod'
import type { Clock } from '#lib/clock'
import { type DeadLetter, type DeadLetterStore, LOST, letterId, SCHEDULES } from './dead-letters.ts'

/** A part of one shard of the stream, both ends included. */
export interface StreamRange {
  readonly stream: string
  readonly shard: string
  readonly from: string
  readonly to: string
}

export interface CollectPorts {
  readonly letters: Pick<DeadLetterStore, 'put'>
  /** Undefined when the stream has forgotten the range. */
  readonly read: (range: StreamRange) => Promise<readonly DynamoDBRecord[] | undefined>
  /** The letter of a record of `reader`; undefined for a record that is nothing to it. */
  readonly letterOf: (reader: string, record: DynamoDBRecord, error: string) => DeadLetter | undefined
  readonly clock: Clock
}

const failed = z.looseObject({
  requestContext: z.object({ requestId: z.string(), functionArn: z.string(), condition: z.string() }),
  responseContext: z.looseObject({ functionError: z.string().nullish() }).nullish(),
})
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const streamMessage = failed.extend({
  DDBStreamBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    streamArn: z.string(),
  }),
})

/** Keeps what a message tells of; says how many letters it became. Idempotent. Throws `ZodError` for another message. */
export function createCollect({ letters, read, letterOf, clock }: CollectPorts) {
  return async function collect(message: unknown): Promise<number> {
    const { requestContext, responseContext } = failed.parse(message)
    const name = requestContext.functionArn.split(':')[6] ?? requestContext.functionArn
    const error = `${requestContext.condition}: ${responseContext?.functionError ?? 'the function did not end well'}`
    const batch = streamMessage.safeParse(message)
    const about = { error, attempts: 1, at: clock.now(), state: 'dead', sequence: '0' } as const
    if (!batch.success) {
      const id = letterId(SCHEDULES, requestContext.requestId)
      await letters.put({ ...about, id, reader: SCHEDULES, entity: name }, message)
      return 1
    }
    const { shardId: shard, startSequenceNumber: from, endSequenceNumber: to } = batch.data.DDBStreamBatchInfo
    const records = await read({ stream: batch.data.DDBStreamBatchInfo.streamArn, shard, from, to })
    if (records === undefined) {
      const id = letterId(LOST, `${name}-${from}`)
      await letters.put(
        { ...about, id, reader: LOST, entity: name, error: `No longer in the stream. ${error}` },
        message,
      )
      return 1
    }
    const reader = readerOf(name)
    const found = records.flatMap((record) => ({ record, letter: letterOf(reader, record, error) }))
    for (const { record, letter } of found) if (letter !== undefined) await letters.put(letter, record)
    return found.filter(({ letter }) => letter !== undefined).length
  }
}

/** `coxswain-prod-eventsRelay` reads the stream as `events-relay`. */
function readerOf(functionName: string): string {
  const name = functionName.split('-').at(-1) ?? functionName
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
