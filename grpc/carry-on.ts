/** Carries on the runs whose process died: at the start, and every few seconds. */
import type { Clock, Sleep } from '#lib/clock'
import { createCarryOn, LOOK_EVERY_MS } from '#lib/councils/carry-on'
import type { Councils } from '#lib/councils/service'
import type { Log } from '#lib/http/log'
import type { Ids } from '#lib/ids'

export interface CarryOnPorts {
  readonly councils: Pick<Councils, 'openRuns' | 'resume'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly sleep: Sleep
}

/** Runs at a time, beside those that this server is asked for. */
const AT_ONCE = 5

/** Looks until `signal` fires; a look that fails is told once and repeated at its time. */
export async function keepCarryingOn(
  { councils, clock, ids, log, sleep }: CarryOnPorts,
  signal: AbortSignal,
): Promise<void> {
  const correlation_id = ids.uuid()
  const runs = createCarryOn({
    councils,
    clock,
    atOnce: AT_ONCE,
    carriedOn: (execution_id, status) => log.info('carried on', { execution_id, status, correlation_id }),
    failed: (execution_id, error) => log.error('cannot carry on', { execution_id, correlation_id, error }),
  })
  let isFailing = false
  while (!signal.aborted) {
    try {
      await runs.look({ correlation_id })
      isFailing = false
    } catch (error) {
      if (!isFailing) log.error('cannot look for runs to carry on', { error })
      isFailing = true
    }
    await sleep(LOOK_EVERY_MS)
  }
}
