/** Decisions in the table's stream. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import type { DecisionRecord } from '#lib/projects/model'
import { DECISION_KIND, decodeDecision } from './projects-codec.ts'

/** The decision that a stream record tells of; undefined when it tells of something else. Throws when it cannot be read. */
export function decisionOf(record: DynamoDBRecord): DecisionRecord | undefined {
  const image = record.dynamodb?.NewImage
  if (record.eventName !== 'INSERT' || image === undefined) return undefined
  const item = unmarshall(image as Record<string, AttributeValue>)
  return item['kind'] === DECISION_KIND ? decodeDecision(item) : undefined
}
