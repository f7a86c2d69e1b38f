/** The table's stream as changes of workers. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { WorkerChange } from '#lib/events/worker-event'
import type { WorkerRecord } from '#lib/queue/model'
import { WORKERS } from './keys.ts'
import { decodeWorker } from './worker-codec.ts'

/** The change a record tells of; undefined when it is no change of a worker. Throws when the item cannot be read. */
export function workerChangeOf(record: DynamoDBRecord): WorkerChange | undefined {
  if (record.dynamodb?.Keys?.['pk']?.S !== WORKERS) return undefined
  const after = workerOf(record.dynamodb.NewImage)
  return after && { before: workerOf(record.dynamodb.OldImage), after }
}

function workerOf(image: unknown): WorkerRecord | undefined {
  return image === undefined ? undefined : decodeWorker(unmarshall(image as Record<string, AttributeValue>))
}
