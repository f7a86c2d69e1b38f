/** GET /orchestrate/project/{project_id}/status: where a project stands. */
import { api } from '#lib/http/api'
import { projectsFor } from '#lib/projects/cluster-wiring'
import { projectPath } from '#lib/projects/schemas'

export const handler = api({ scope: 'reader', params: projectPath }, ({ params, correlationId }) =>
  projectsFor(correlationId).status(params.project_id),
)
