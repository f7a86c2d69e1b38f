/** Carries on the runs whose process died: at the start, and now and then. */
import type { Sleep } from '#lib/clock'
import type { Councils } from '#lib/councils/service'
import type { Log } from '#lib/http/log'
import type { Ids } from '#lib/ids'

export interface CarryOnPorts {
  readonly councils: Pick<Councils, 'unfinished' | 'resume'>
  readonly ids: Ids
  readonly log: Log
  readonly sleep: Sleep
}

/** Runs at a time. */
const AT_ONCE = 5
const EVERY_MS = 60_000

/** One look: resumes what is left, each run by itself, and tells how many there were. */
export async function carryOn({ councils, ids, log }: Omit<CarryOnPorts, 'sleep'>): Promise<number> {
  const correlation_id = ids.uuid()
  const left = await councils.unfinished(AT_ONCE)
  await Promise.all(
    left.map(async (execution_id) => {
      try {
        const { status } = await councils.resume(execution_id, { correlation_id })
        log.info('carried on', { execution_id, status, correlation_id })
      } catch (error) {
        log.error('cannot carry on', { execution_id, correlation_id, error })
      }
    }),
  )
  return left.length
}

/** Looks until `signal` fires; a look that fails is told and repeated at its time. */
export async function keepCarryingOn(ports: CarryOnPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await carryOn(ports)
    } catch (error) {
      ports.log.error('cannot look for runs to carry on', { error })
    }
    await ports.sleep(EVERY_MS)
  }
}
