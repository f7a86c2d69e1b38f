/** Every minute: deliver what waits for sinks that were down. */
import { seconds, systemClock } from '#lib/clock'
import { parking } from '#lib/events/wiring'
import { scheduled } from '#lib/http/scheduled'

/** Three quarters of the function's time: what is left waits for the next run. */
const RUN_MS = seconds(45)

export const handler = scheduled('events-redeliver', () => parking.redeliver(systemClock.now() + RUN_MS))
