/** The stack with its real parts: the system's clock, Powertools' logger, and the table for kept answers. */
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { theTable } from '#lib/store/wiring'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { log } from './logger.ts'

let kept: Idempotency | undefined

/** Made when first needed: most functions never do. */
export function idempotency(): Idempotency {
  kept ??= createIdempotency({ table: theTable(), clock: systemClock, ids: systemIds, log })
  return kept
}
