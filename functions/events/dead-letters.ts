/** The queue of what AWS Lambda gave up on: each message becomes dead letters, each message by itself. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { collect } from '#lib/events/collect-wiring'
import { log } from '#lib/http/logger'

export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of Records) {
    try {
      const letters = await collect(JSON.parse(body))
      log.error('invocation failed for good', { letters, message_id: messageId })
    } catch (error) {
      log.error('a dead letter could not be kept', { message_id: messageId, error })
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}
