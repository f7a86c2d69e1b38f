/** GET /workers/{id}/logs: the last lines of a worker's log, read over SSH, secrets masked. */
import { workerLogs } from '#lib/hosts/wiring'
import { api } from '#lib/http/api'
import { redactLines } from '#lib/http/redact'
import { logsQuery, workerPath } from '#lib/queue/schemas'

const route = { scope: 'operator', params: workerPath, query: logsQuery } as const

export const handler = api(route, async ({ params, query }) => {
  const { lines, ...log } = await workerLogs(params.id, query.lines)
  return { ...log, lines: redactLines(lines) }
})
