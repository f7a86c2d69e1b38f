/** What a record of the table's stream is about: one name for all items that tell of the same entity. */
import type { DynamoDBRecord } from 'aws-lambda'
import { jobsOf, READY, waitingOf } from '../keys.ts'

/** The partition and sort key of a job's record for its tickets as well; of everything else its own key. */
export function entityOf({ dynamodb }: DynamoDBRecord): string {
  const pk = dynamodb?.Keys?.['pk']?.S ?? ''
  const sk = dynamodb?.Keys?.['sk']?.S ?? ''
  if (pk.startsWith(waitingOf(''))) return `${jobsOf(pk.slice(waitingOf('').length))}#${sk}`
  if (pk !== READY) return `${pk}#${sk}`
  const [, , repository = '', number = ''] = sk.split('#')
  return `${jobsOf(repository)}#${number}`
}
