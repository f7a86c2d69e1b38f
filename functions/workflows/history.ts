/** GET /workflow/{feature_id}/history: every transition, page by page. */
import { api } from '#lib/http/api'
import { featurePath, historyQuery } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

export const handler = api({ scope: 'reader', params: featurePath, query: historyQuery }, ({ params, query }) =>
  workflows.history(params.feature_id, query),
)
