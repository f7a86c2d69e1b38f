/** DELETE /orchestrate/project/{project_id}/cronjob/{name}: delete a CronJob of a project. */
import { api } from '#lib/http/api'
import { projectsFor } from '#lib/projects/cluster-wiring'
import { cronJobPath } from '#lib/projects/schemas'

export const handler = api({ scope: 'operator', params: cronJobPath }, ({ params, correlationId }) =>
  projectsFor(correlationId).removeCronJob({
    project: params.project_id,
    name: params.name,
    correlation_id: correlationId,
  }),
)
