/** Records of the stream that tell of the readers' own items: letters and notes. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { Instant } from '#lib/clock'
import { type DeadLetter, letterId } from '#lib/events/dead-letters'
import { BUDGET, lockKey, POLLS } from '../keys.ts'
import { DEAD_LETTER, isLetterKey, letterOf } from './dead-letters.ts'
import { entityOf } from './entity.ts'
import { isReaderKey } from './readers.ts'

/** True for changes that the readers make themselves and that are nothing to any of them. */
export function isOwnRecord({ dynamodb }: DynamoDBRecord): boolean {
  const pk = dynamodb?.Keys?.['pk']?.S ?? ''
  return isLetterKey(pk) || isReaderKey(pk)
}

const UPKEEP = new Set([lockKey('').pk, POLLS, BUDGET.pk])

/** True for changes that only keep Coxswain going, every few seconds: locks, notes of polls, budgets, the readers' own. */
export function isUpkeep(record: DynamoDBRecord): boolean {
  return isOwnRecord(record) || UPKEEP.has(record.dynamodb?.Keys?.['pk']?.S ?? '')
}

/** The letter that `reader` is asked to repeat by this change; undefined when it is none. */
export function letterAskedFor({ eventName, dynamodb }: DynamoDBRecord, reader: string): DeadLetter | undefined {
  const image = dynamodb?.NewImage
  const isAsked = image?.['kind']?.S === DEAD_LETTER && image['state']?.S === 'due' && image['reader']?.S === reader
  if (eventName !== 'MODIFY' || !isAsked) return undefined
  return letterOf(unmarshall(image as Record<string, AttributeValue>))
}

/** What the filters of serverless.yml let through to a reader; a range of the stream holds the rest as well. */
const KIND_OF: Readonly<Record<string, string>> = {
  'github-deliveries': 'delivery',
  'councils-run': 'council_run',
  'workflows-dispatch': 'workflow',
}

/** The letter of a record on which its reader's function failed as a whole; undefined when it was nothing to it. */
export function unhandledLetter(
  reader: string,
  record: DynamoDBRecord,
  { error, at }: { readonly error: string; readonly at: Instant },
): DeadLetter | undefined {
  const kind = KIND_OF[reader]
  if (isOwnRecord(record) || (kind !== undefined && record.dynamodb?.NewImage?.['kind']?.S !== kind)) return undefined
  const id = letterId(reader, record.eventID ?? record.dynamodb?.SequenceNumber ?? '')
  const place = { entity: entityOf(record), sequence: record.dynamodb?.SequenceNumber ?? '' }
  return { id, reader, ...place, state: 'dead', error, attempts: 1, at }
}
