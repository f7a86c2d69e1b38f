/** POST /work/failed: the attempt failed, or something in its way did. */
import { api } from '#lib/http/api'
import { toFailure } from '#lib/queue/requests'
import { failedBody } from '#lib/queue/schemas'
import { queue } from '#lib/queue/wiring'

const route = { scope: 'worker', body: failedBody, idempotent: true } as const

export const handler = api(route, async ({ body, caller, correlationId }) => {
  caller.mustBe(body.worker_id)
  await queue.report(toFailure(body, correlationId))
  return { status: 'acknowledged' }
})
