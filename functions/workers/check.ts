/** Every WORKER_HEALTH_CHECK_INTERVAL, and POST /workers/check: look at the workers' hosts, and at who has fallen silent. */
import { checkWorkers } from '#lib/hosts/wiring'
import { api } from '#lib/http/api'
import { scheduled } from '#lib/http/scheduled'

export const schedule = scheduled(
  'workers-check',
  ({ correlationId }) => checkWorkers(correlationId),
  ({ written }) => written === 0,
)

export const now = api({ scope: 'operator' }, ({ correlationId }) => checkWorkers(correlationId))
