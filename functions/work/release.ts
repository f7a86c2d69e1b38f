/** POST /work/release: give the work back; no attempt is consumed. */
import { api } from '#lib/http/api'
import { toRelease } from '#lib/queue/requests'
import { releaseBody } from '#lib/queue/schemas'
import { queue } from '#lib/queue/wiring'

const route = { scope: 'worker', body: releaseBody, idempotent: true } as const

export const handler = api(route, async ({ body, caller, correlationId }) => {
  caller.mustBe(body.worker_id)
  await queue.report(toRelease(body, correlationId))
  return { status: 'released' }
})
