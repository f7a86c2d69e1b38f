/** POST /work/heartbeat: prolong a lease, or hear that the work is to be stopped. */
import { api } from '#lib/http/api'
import { toHeartbeat } from '#lib/queue/requests'
import { heartbeatBody } from '#lib/queue/schemas'
import { pulseView } from '#lib/queue/views'
import { queue } from '#lib/queue/wiring'

export const handler = api({ scope: 'worker', body: heartbeatBody }, async ({ body, caller, correlationId }) => {
  caller.mustBe(body.worker_id)
  return pulseView(await queue.heartbeat(toHeartbeat(body, correlationId)))
})
