/** The table's stream as changes of jobs. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { JobChange } from '#lib/events/change'
import type { Job } from '#lib/queue/model'
import { decodeJob } from './job-codec.ts'
import { jobsOf, READY, waitingOf } from './keys.ts'

/** The change a record tells of; undefined when it is no change of a job. Throws when the item cannot be read. */
export function changeOf(record: DynamoDBRecord): JobChange | undefined {
  const pk = record.dynamodb?.Keys?.['pk']?.S ?? ''
  const after = jobOf(record.dynamodb?.NewImage)
  if (after === undefined) return undefined
  // A ticket is news when it is the first of its job; later ones only say again what the record said.
  const isTicket = pk === READY || pk.startsWith(waitingOf(''))
  if (isTicket) return record.eventName === 'INSERT' && after.seq === 1 ? { before: undefined, after } : undefined
  if (!pk.startsWith(jobsOf(''))) return undefined
  return { before: jobOf(record.dynamodb?.OldImage), after }
}

function jobOf(image: unknown): Job | undefined {
  if (image === undefined) return undefined
  const item = unmarshall(image as Record<string, AttributeValue>)
  return item['kind'] === 'job' ? decodeJob(item) : undefined
}
