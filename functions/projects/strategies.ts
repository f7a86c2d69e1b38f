/** GET /orchestrate/intelligence/strategies: what was learned from past sprints. */
import { api } from '#lib/http/api'
import { strategiesQuery } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

export const handler = api({ scope: 'reader', query: strategiesQuery }, ({ query, correlationId }) =>
  knowledgeFor(correlationId).strategies(query),
)
