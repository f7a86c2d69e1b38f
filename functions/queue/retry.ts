/** POST /queue/{owner}/{repo}/{issue}/retry: queue a finished issue anew, with fresh attempts. */
import { api } from '#lib/http/api'
import { itemPath } from '#lib/queue/schemas'
import { lists, queue } from '#lib/queue/wiring'

const route = { scope: 'operator', params: itemPath, idempotent: true } as const

export const handler = api(route, async ({ params, correlationId }) =>
  lists.item(await queue.redrive(params, correlationId)),
)
