/** Every minute: deliver what waits for sinks that were down, and make a change by which lagging readers show. */
import { minutes, seconds, systemClock } from '#lib/clock'
import { isIdleRedelivery } from '#lib/events/redeliver'
import { parking, readers } from '#lib/events/wiring'
import { scheduled } from '#lib/http/scheduled'

/** Three quarters of the function's time: what is left waits for the next run. */
const RUN_MS = seconds(45)
/** Two write units for each reader of every change and one for the beat, so often. */
const BEAT_MS = minutes(5)

export const handler = scheduled(
  'events-redeliver',
  async () => {
    const now = systemClock.now()
    await readers.beat(now, BEAT_MS)
    return parking.redeliver(now + RUN_MS)
  },
  isIdleRedelivery,
)
