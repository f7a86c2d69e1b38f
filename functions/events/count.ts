/** The table's stream, once more: jobs counted by state, each batch once. */
import type { DynamoDBStreamEvent } from 'aws-lambda'
import { systemClock } from '#lib/clock'
import { counts } from '#lib/events/wiring'
import { changeOf } from '#lib/store/stream'

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const batch = event.Records.map((record) => ({ id: record.eventID ?? '', change: changeOf(record) }))
  await counts.add(batch, systemClock.now())
}
