/** POST /workflow/{feature_id}/consultations/{id}/answer: a human's word where the expert was not sure. */
import { api } from '#lib/http/api'
import { actorOf } from '#lib/workflows/actors'
import { answerBody, consultationPath } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const route = { scope: 'operator', params: consultationPath, body: answerBody, idempotent: true } as const

export const handler = api(route, ({ params, body, caller }) => {
  const { action, response } = body
  const responder = actorOf(caller, body.responder, 'operator')
  return workflows.answer(params.feature_id, params.id, { action, response, responder })
})
