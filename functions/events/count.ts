/** The table's stream, once more: jobs and workflows counted by state, each batch once. */
import type { DynamoDBStreamEvent } from 'aws-lambda'
import { systemClock } from '#lib/clock'
import { counts, workflowCounts } from '#lib/events/counts-wiring'
import { changeOf } from '#lib/store/stream'
import { workflowChangeOf } from '#lib/store/workflow-stream'

export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const now = systemClock.now()
  const ids = event.Records.map((record) => ({ record, id: record.eventID ?? '' }))
  await counts.add(
    ids.map(({ id, record }) => ({ id, change: changeOf(record) })),
    now,
  )
  await workflowCounts.add(
    ids.map(({ id, record }) => ({ id, change: workflowChangeOf(record) })),
    now,
  )
}
