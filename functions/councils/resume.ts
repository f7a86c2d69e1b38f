/**
 * Every minute: runs that nobody works on, because their process died or their start was missed, are carried on. While
 * others work on runs it looks again, so that a run does not wait for the next minute when its holder dies.
 */
import { seconds, systemClock, systemSleep } from '#lib/clock'
import { councils } from '#lib/councils/agents-wiring'
import { createCarryOn, LOOK_EVERY_MS } from '#lib/councils/carry-on'
import { log } from '#lib/http/logger'
import { scheduled } from '#lib/http/scheduled'

/** Runs of one time. What is left is for the next, a minute later. */
const AT_ONCE = 10
/** Until the next one looks. */
const LOOK_FOR_MS = seconds(55)
/** The function may run for 900 seconds: runs that last longer are let go, and taken up by the next. */
const LEFT_MS = seconds(880)

export const handler = scheduled(
  'councils-resume',
  async ({ correlationId: correlation_id }) => {
    const until = systemClock.now() + LOOK_FOR_MS
    const failures: unknown[] = []
    let carried_on = 0
    const runs = createCarryOn({
      councils,
      clock: systemClock,
      atOnce: AT_ONCE,
      carriedOn: () => {
        carried_on += 1
      },
      failed: (execution_id, error) => {
        log.error('a run cannot be carried on', { execution_id, correlation_id, error })
        failures.push(error)
      },
    })
    const asking = { correlation_id, signal: AbortSignal.timeout(LEFT_MS) }
    try {
      while ((await runs.look(asking)).others > 0 && systemClock.now() + LOOK_EVERY_MS < until) {
        await systemSleep(LOOK_EVERY_MS)
      }
    } finally {
      await runs.idle()
    }
    if (failures.length > 0) throw failures[0]
    return { carried_on }
  },
  ({ carried_on }) => carried_on === 0,
)
