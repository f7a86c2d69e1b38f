/** GET /workers: every worker that asked for work, until it is retired. */
import { api } from '#lib/http/api'
import { workersQuery } from '#lib/queue/schemas'
import { lists } from '#lib/queue/wiring'

export const handler = api({ scope: 'reader', query: workersQuery }, ({ query }) =>
  lists.workers(query.limit, query.cursor),
)
