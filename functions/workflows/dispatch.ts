/** The table's stream, for phases that the agent hub does: each attempt is taken there and its answer back. */
import { seconds } from '#lib/clock'
import { stream } from '#lib/http/stream'
import { workflowChangeOf } from '#lib/store/workflow-stream'
import { dispatchOf } from '#lib/workflows/dispatch-of'
import { workflows } from '#lib/workflows/wiring'

/** One record per batch and 330 seconds per run: the longest call and the time to store what came of it. */
const LEFT_MS = seconds(320)

export const handler = stream('workflows-dispatch', async (record) => {
  const change = workflowChangeOf(record)
  const key = change && dispatchOf(change.before, change.after)
  if (key === undefined) return
  await workflows.dispatch(key, { correlation_id: change?.after.correlation_id ?? '', leftMs: LEFT_MS })
})
