/** POST /workflow/{feature_id}/consult: ask an expert of the agent hub. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { actorOf } from '#lib/workflows/actors'
import { consultBody, featurePath } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const route = { scope: ['worker', 'operator'], params: featurePath, body: consultBody } as const

export const handler = api(route, async ({ params, body, caller }) => {
  const { topic, question, context } = body
  const actor = actorOf(caller, body.actor, 'agent')
  const { fresh, view } = await workflows.consult(params.feature_id, { topic, question, context, actor })
  return answer(fresh ? 201 : 200, view)
})
