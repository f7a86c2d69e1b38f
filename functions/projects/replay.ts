/** POST /orchestrate/decisions/{decision_id}/replay: make a decision once more from what it was made from. */
import { api } from '#lib/http/api'
import { decisionPath } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

export const handler = api({ scope: 'reader', params: decisionPath }, ({ params, correlationId }) =>
  knowledgeFor(correlationId).decisions.replay(params.decision_id),
)
