/** Webhooks that were taken in, each remembered by its id for as long as GitHub would send it again. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import * as z from 'zod'
import type { Delivery, DeliveryStore } from '#lib/queue/deliveries'
import { absent } from './conditions.ts'
import { deliveryKey } from './keys.ts'
import type { Table } from './table.ts'

/** GitHub delivers again, when a person asks for it, what is up to three days old. */
const REMEMBER_MS = 4 * 86_400_000
const KIND = 'delivery'

const stored = z.object({
  correlation_id: z.string(),
  delivery: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('issue'), id: z.string(), repository: z.string(), number: z.number() }),
    z.object({
      kind: z.literal('review'),
      id: z.string(),
      fact: z.object({
        repository: z.string(),
        pull: z.number(),
        branch: z.string(),
        verdict: z.enum(['approved', 'changes_requested', 'merged', 'closed', 'reopened']),
        feedback: z.string(),
        by: z.string(),
        at: z.number(),
      }),
    }),
  ]),
})

export interface TakenIn {
  readonly delivery: Delivery
  readonly correlation_id: string
}

export function createDeliveryStore(table: Table): DeliveryStore {
  return {
    async keep(delivery, correlation_id, now) {
      const ttl = Math.ceil((now + REMEMBER_MS) / 1000)
      const item = { ...deliveryKey(delivery.id), kind: KIND, delivery, correlation_id, at: now, ttl }
      const written = await table.put(item, absent)
      // The reply of our own write may have been lost: then it is our own request that stands there.
      return written.kind === 'done' || written.current?.['correlation_id'] === correlation_id
    },
  }
}

/** The delivery a record of the stream tells of; undefined when it is none. */
export function deliveryOfRecord(record: DynamoDBRecord): TakenIn | undefined {
  const image = record.dynamodb?.NewImage
  if (record.eventName !== 'INSERT' || image?.['kind']?.S !== KIND) return undefined
  return stored.parse(unmarshall(image as Record<string, AttributeValue>))
}
