/** The dead-letter queue between a stream's reader and eventsDeadLetters: one message, handed over at once. */
import type { SQSBatchResponse } from 'aws-lambda'
import { type Clock, systemClock, toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Ids, systemIds } from '#lib/ids'
import { FUNCTION_PREFIX, type Lambda } from './lambda.ts'
import type { GivenUp } from './pump.ts'

const KEEPER = 'eventsDeadLetters'

export interface DeadLetterPorts {
  readonly lambda: Lambda
  readonly clock?: Clock
  readonly ids?: Ids
}

/** Throws `unavailable` when the message was not taken. */
export function createOnFailure({ lambda, clock = systemClock, ids = systemIds }: DeadLetterPorts) {
  return async function onFailure(given: GivenUp): Promise<void> {
    const messageId = ids.uuid()
    const body = JSON.stringify(messageOf(given, messageId, toTimestamp(clock.now())))
    const answer = await lambda.invoke(KEEPER, { Records: [{ messageId, eventSource: 'aws:sqs', body }] })
    const { batchItemFailures = [] } = (answer ?? {}) as Partial<SQSBatchResponse>
    if (batchItemFailures.length > 0) throw new AppError('unavailable', `${KEEPER} could not keep a dead letter.`)
  }
}

/** As Lambda writes it: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
function messageOf({ consumer, entries, condition, attempts }: GivenUp, requestId: string, timestamp: string) {
  const [first, last] = [entries[0]?.cursor, entries.at(-1)?.cursor]
  return {
    requestContext: {
      requestId,
      functionArn: `arn:aws:lambda:eu-central-1:000000000000:function:${FUNCTION_PREFIX}${consumer}`,
      condition,
      approximateInvokeCount: attempts,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp,
    DDBStreamBatchInfo: {
      shardId: first?.shard,
      startSequenceNumber: first?.sequence,
      endSequenceNumber: last?.sequence,
      approximateArrivalOfFirstRecord: timestamp,
      approximateArrivalOfLastRecord: timestamp,
      batchSize: entries.length,
      streamArn: first?.stream,
    },
  }
}
