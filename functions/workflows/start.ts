/** POST /workflow/start: start a feature's workflow; the same request again answers with the one it started. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { actorOf } from '#lib/workflows/actors'
import { startBody } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const route = { scope: 'operator', body: startBody, idempotent: true } as const

export const handler = api(route, async ({ body, caller, correlationId }) => {
  const actor = actorOf(caller, undefined, 'operator')
  const { fresh, view } = await workflows.start({ ...body, actor, correlation_id: correlationId })
  return fresh ? answer(201, view, { location: `/workflow/${body.feature_id}` }) : view
})
