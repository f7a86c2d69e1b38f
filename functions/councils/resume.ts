/** Every minute: runs that nobody works on, because their process died or their start was missed, are carried on. */
import { seconds } from '#lib/clock'
import { councils } from '#lib/councils/agents-wiring'
import { log } from '#lib/http/logger'
import { scheduled } from '#lib/http/scheduled'

/** Runs of one time. What is left is for the next, a minute later. */
const AT_ONCE = 10
/** The function may run for 900 seconds: runs that last longer are let go, and taken up by the next. */
const LEFT_MS = seconds(880)

export const handler = scheduled('councils-resume', async ({ correlationId: correlation_id }) => {
  const left = await councils.unfinished(AT_ONCE)
  const signal = AbortSignal.timeout(LEFT_MS)
  const runs = await Promise.allSettled(left.map((id) => councils.resume(id, { correlation_id, signal })))
  const failures = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason] : []))
  for (const error of failures) log.error('a run cannot be carried on', { correlation_id, error })
  if (failures.length > 0) throw failures[0]
  return { carried_on: runs.length }
})
