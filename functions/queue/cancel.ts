/** POST /queue/{owner}/{repo}/{issue}/cancel: take an issue off the queue. */
import { api } from '#lib/http/api'
import { itemPath, reasonBody } from '#lib/queue/schemas'
import { lists, queue } from '#lib/queue/wiring'

const route = { scope: 'operator', params: itemPath, body: reasonBody, idempotent: true } as const

export const handler = api(route, async ({ params, body, correlationId }) => {
  const reason = body.reason ?? 'Cancelled by an operator.'
  return lists.item(await queue.cancel(params, reason, correlationId))
})
