/** The description of all of Coxswain's routes: the text of docs/openapi.json. */
import { councilRoutes } from '#lib/councils/openapi'
import { HTTP_STATUS } from '#lib/errors'
import { openApi } from '#lib/openapi/document'
import type { Examples } from '#lib/openapi/examples'
import type { RouteDoc } from '#lib/openapi/route'
import { projectRoutes } from '#lib/projects/openapi'
import { queueRoutes } from '#lib/queue/openapi'
import { RUN_CODES } from '#lib/workflows/answers'
import { workflowRoutes } from '#lib/workflows/openapi'
import { docsRoutes } from './openapi.ts'

export const routes: readonly RouteDoc[] = [
  ...queueRoutes,
  ...workflowRoutes,
  ...projectRoutes,
  ...councilRoutes,
  ...docsRoutes,
]

const description =
  'Leases GitHub issues to AI workers, leads features through phases and gates, keeps projects’ sprints running, ' +
  'and has councils of agents deliberate.'

export function openApiText(version: string, examples: Examples): string {
  const codes = { ...HTTP_STATUS, ...RUN_CODES }
  return `${JSON.stringify(openApi({ title: 'Coxswain', version, description }, routes, { examples, codes }), null, 2)}\n`
}
