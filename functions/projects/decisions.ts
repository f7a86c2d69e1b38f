/** GET /orchestrate/project/{project_id}/decisions: what was decided for a project, and from what. */
import { api } from '#lib/http/api'
import { decisionsQuery, projectPath } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

export const handler = api(
  { scope: 'reader', params: projectPath, query: decisionsQuery },
  ({ params, query, correlationId }) =>
    knowledgeFor(correlationId).decisions.list({ project: params.project_id, ...query }),
)
