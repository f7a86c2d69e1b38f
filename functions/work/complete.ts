/** POST /work/complete: the work is done and its pull request is open, or it failed. */
import { api } from '#lib/http/api'
import { toCompletion } from '#lib/queue/requests'
import { completeBody } from '#lib/queue/schemas'
import { queue } from '#lib/queue/wiring'

const route = { scope: 'worker', body: completeBody, idempotent: true } as const

export const handler = api(route, async ({ body, caller, correlationId }) => {
  caller.mustBe(body.worker_id)
  await queue.report(toCompletion(body, correlationId))
  return { status: 'acknowledged' }
})
