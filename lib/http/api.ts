/** `api()`: makes the handler of an HTTP route. See create-api.ts for what it takes care of. */
import { seal } from '#lib/auth/seal-wiring'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createApi } from './create-api.ts'
import { log } from './logger.ts'
import { idempotency } from './wiring.ts'

export const api = createApi({ clock: systemClock, ids: systemIds, log, seal, idempotency })
