/** The table's stream, once more: jobs and workflows counted by state, each record once. */
import { systemClock } from '#lib/clock'
import { counts, workflowCounts } from '#lib/events/counts-wiring'
import { batchStream } from '#lib/http/stream'
import { changeOf } from '#lib/store/stream'
import { workflowChangeOf } from '#lib/store/workflow-stream'

export const handler = batchStream('events-count', {
  read: (record) => ({ id: record.eventID ?? '', job: changeOf(record), workflow: workflowChangeOf(record) }),
  async commit(batch) {
    const now = systemClock.now()
    await counts.add(
      batch.map(({ id, job }) => ({ id, change: job })),
      now,
    )
    await workflowCounts.add(
      batch.map(({ id, workflow }) => ({ id, change: workflow })),
      now,
    )
  },
})
