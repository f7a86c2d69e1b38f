/** The description of all of Coxswain's routes: the text of docs/openapi.json. */
import { councilRoutes } from '#lib/councils/openapi'
import { openApi } from '#lib/openapi/document'
import type { RouteDoc } from '#lib/openapi/route'
import { projectRoutes } from '#lib/projects/openapi'
import { queueRoutes } from '#lib/queue/openapi'
import { workflowRoutes } from '#lib/workflows/openapi'
import { docsRoutes } from './openapi.ts'

export const routes: readonly RouteDoc[] = [
  ...queueRoutes,
  ...workflowRoutes,
  ...projectRoutes,
  ...councilRoutes,
  ...docsRoutes,
]

export function openApiText(version: string): string {
  const description =
    'Leases GitHub issues to AI workers, leads features through phases and gates, keeps projects’ sprints running, ' +
    'and has councils of agents deliberate.'
  return `${JSON.stringify(openApi({ title: 'Coxswain', version, description }, routes), null, 2)}\n`
}
