/** POST /orchestrate/project/{project_id}: look at a project, decide what it needs, and do it. */
import { api } from '#lib/http/api'
import { projectsFor } from '#lib/projects/cluster-wiring'
import { toRequest } from '#lib/projects/requests'
import { orchestrateBody, projectPath } from '#lib/projects/schemas'

const route = { scope: 'operator', params: projectPath, body: orchestrateBody, idempotent: true } as const

export const handler = api(route, ({ params, body, correlationId, event }) => {
  const received = { project: params.project_id, body, raw: event.body, correlation_id: correlationId }
  return projectsFor(correlationId).orchestrate(toRequest(received))
})
