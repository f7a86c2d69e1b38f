/** POST /orchestrate/project/{project_id}/pause: no healing and no sprint changes before a time. */
import { api } from '#lib/http/api'
import { pauseBody, projectPath } from '#lib/projects/schemas'
import { knowledgeFor } from '#lib/projects/wiring'

const route = { scope: 'operator', params: projectPath, body: pauseBody, idempotent: true } as const

export const handler = api(route, ({ params, body, correlationId }) =>
  knowledgeFor(correlationId).policies.pause(params.project_id, body),
)
