/** GET /orchestrate/project/{project_id}/status: where a project stands. */
import { api } from '#lib/http/api'
import { projectPath } from '#lib/projects/schemas'
import { projectsFor } from '#lib/projects/wiring'

export const handler = api({ scope: 'reader', params: projectPath }, ({ params, correlationId }) =>
  projectsFor(correlationId).status(params.project_id),
)
