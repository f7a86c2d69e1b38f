/** GET /councils/status: how the councils are doing, with statistics when they are asked for. */
import { systemClock } from '#lib/clock'
import { protoJson } from '#lib/councils/answers'
import { statusQuery } from '#lib/councils/schemas'
import { serviceStatus } from '#lib/councils/service-status'
import { desk } from '#lib/councils/wiring'
import { api } from '#lib/http/api'
import { log } from '#lib/http/logger'

const startedAt = systemClock.now()

export const handler = api({ scope: 'operator', query: statusQuery }, async ({ query, correlationId }) => {
  const onFailure = (error: unknown) =>
    log.error('the statistics cannot be read', { error, correlation_id: correlationId })
  return protoJson(
    await serviceStatus(query.include_stats, { councils: desk, clock: systemClock, startedAt, onFailure }),
  )
})
