/** The queue of what AWS Lambda gave up on: each message becomes dead letters, each message by itself. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { seal } from '#lib/auth/seal-wiring'
import { collect } from '#lib/events/collect-wiring'
import { log } from '#lib/http/logger'
import { requireSeal } from '#lib/http/sealed'

export async function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse> {
  requireSeal({ seal, log }, event, context)
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of event.Records) {
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
