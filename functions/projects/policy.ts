/** GET and PUT /orchestrate/project/{project_id}/policy: what the sweep and a request may do for a project. */
import { api } from '#lib/http/api'
import { policyBody, projectPath } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

export const get = api({ scope: 'reader', params: projectPath }, ({ params, correlationId }) =>
  knowledgeFor(correlationId).policies.read(params.project_id),
)

export const put = api(
  { scope: 'operator', params: projectPath, body: policyBody },
  ({ params, body, correlationId }) => knowledgeFor(correlationId).policies.put(params.project_id, body),
)
