/** The table's stream, for runs that were submitted: each is carried out here, at the longest until the function ends. */
import { seconds, systemSleep } from '#lib/clock'
import { councils } from '#lib/councils/agents-wiring'
import { carryOut } from '#lib/councils/carry-on'
import { CouncilError } from '#lib/councils/errors'
import { AppError } from '#lib/errors'
import { stream } from '#lib/http/stream'
import { councilRunChangeOf } from '#lib/store/councils-stream'

/** One record per batch and 900 seconds per run: what is not done by then is let go and brought again. */
const LEFT_MS = seconds(880)

export const handler = stream('councils-run', async (record) => {
  const change = councilRunChangeOf(record)
  if (change === undefined || change.before !== undefined) return
  const { execution_id, correlation_id, lease } = change.after
  // A run that was begun by whoever asked for it has a holder from the start.
  if (lease.fence !== 0) return
  const signal = AbortSignal.timeout(LEFT_MS)
  try {
    await carryOut(councils, execution_id, { correlation_id, signal }, systemSleep)
  } catch (error) {
    // Gone since: there is nothing to carry out.
    if (error instanceof CouncilError && error.code === 'NOT_FOUND') return
    throw error
  }
  if (signal.aborted) throw new AppError('unavailable', `The run ${execution_id} takes longer than this function may.`)
})
