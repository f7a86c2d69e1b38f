/** GET /orchestrate/intelligence/data-quality/{project_id}: how far learned advice can be trusted for a project. */
import { api } from '#lib/http/api'
import { projectPath } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

export const handler = api({ scope: 'reader', params: projectPath }, ({ params, correlationId }) =>
  knowledgeFor(correlationId).quality(params.project_id),
)
