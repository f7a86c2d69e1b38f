/** The stack with its real parts: the system's clock, Powertools' logger, and the table for kept answers. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createClient } from '#lib/store/client'
import { createTable } from '#lib/store/table'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { log } from './logger.ts'

let kept: Idempotency | undefined

/** Made when first needed: most functions never do. */
export function idempotency(): Idempotency {
  kept ??= build()
  return kept
}

function build(): Idempotency {
  const { AWS_REGION, COXSWAIN_TABLE, DYNAMODB_ENDPOINT } = readConfig({
    AWS_REGION: settings.AWS_REGION,
    COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
    DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
  })
  const table = createTable({
    client: createClient({ endpoint: DYNAMODB_ENDPOINT, region: AWS_REGION }),
    name: COXSWAIN_TABLE,
  })
  return createIdempotency({ table, clock: systemClock, ids: systemIds, log })
}
