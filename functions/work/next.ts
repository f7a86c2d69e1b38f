/** GET and POST /work/next: lease the most urgent issue to the worker that asks. */
import { api } from '#lib/http/api'
import { leasing } from '#lib/queue/leasing-wiring'
import { nextBody, nextQuery } from '#lib/queue/schemas'
import { answerView } from '#lib/queue/views'
import { policy } from '#lib/queue/wiring'

export const get = api({ scope: 'worker', query: nextQuery }, async ({ query, caller, correlationId, event }) => {
  caller.mustBe(query.worker_id)
  const ip = event.requestContext.http.sourceIp
  const asking = { worker: query.worker_id, capabilities: [], ip, correlation_id: correlationId }
  return answerView(await leasing.next(asking), policy)
})

export const post = api({ scope: 'worker', body: nextBody }, async ({ body, caller, correlationId, event }) => {
  caller.mustBe(body.worker_id)
  const { worker_id: worker, capabilities } = body
  const ip = event.requestContext.http.sourceIp
  return answerView(await leasing.next({ worker, capabilities, ip, correlation_id: correlationId }), policy)
})
