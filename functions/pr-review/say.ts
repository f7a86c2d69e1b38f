/** POST /pr-review/{verdict}/{number}: an operator says what was decided about a pull request. */
import { api } from '#lib/http/api'
import { reviewBody, reviewPath, reviewQuery } from '#lib/queue/schemas'
import { lists, reviews } from '#lib/queue/wiring'

const route = { scope: 'operator', params: reviewPath, query: reviewQuery, body: reviewBody, idempotent: true } as const

export const handler = api(route, async ({ params, query, body, correlationId }) => {
  const repository = body.repository ?? query.repository
  const said = { ...params, repository, feedback: body.feedback ?? null, correlation_id: correlationId }
  const { kind, job, gate } = await reviews.say(said)
  return { applied: kind === 'applied', item: lists.item(job), gate }
})
