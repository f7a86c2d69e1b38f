/** `scheduled()`: makes the handler of a schedule. See create-scheduled.ts. */
import { seal } from '#lib/auth/seal-wiring'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createScheduled } from './create-scheduled.ts'
import { log } from './logger.ts'

export const scheduled = createScheduled({ clock: systemClock, ids: systemIds, log, seal })
