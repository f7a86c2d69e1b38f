/** POST /workflow/{feature_id}/advance: an event; workers speak of phases, operators of everything. */
import { api } from '#lib/http/api'
import { actorOf, checkMaySay, unnamed } from '#lib/workflows/actors'
import { advanceBody, featurePath } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const route = { scope: ['operator', 'worker'], params: featurePath, body: advanceBody, idempotent: true } as const

export const handler = api(route, ({ params, body, caller, correlationId }) => {
  const { expected_version, ...said } = body
  checkMaySay(caller, said.event)
  const actor = actorOf(caller, said.actor, unnamed(said.event))
  const on = { correlation_id: correlationId, expected_version }
  return workflows.advance(params.feature_id, { ...said, actor }, on)
})
