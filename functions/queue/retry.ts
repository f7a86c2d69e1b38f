/** POST /queue/{owner}/{repo}/{issue}/retry: queue a finished issue anew, with fresh attempts. */
import { api } from '#lib/http/api'
import { itemPath } from '#lib/queue/schemas'
import { lists, queue, redriveDebt } from '#lib/queue/wiring'

const route = { scope: 'operator', params: itemPath, idempotent: true } as const

export const handler = api(route, async ({ params, correlationId }) => {
  const job = await queue.redrive(params, correlationId)
  // What GitHub refused of the last round is tried once more, before what this one will say.
  await redriveDebt(params)
  return lists.item(job)
})
