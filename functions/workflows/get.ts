/** GET /workflow/{feature_id}: where a feature stands. */
import { api } from '#lib/http/api'
import { featurePath } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

export const handler = api({ scope: 'reader', params: featurePath }, ({ params }) => workflows.view(params.feature_id))
