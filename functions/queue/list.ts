/** GET /queue: what is in the queue, page by page. */
import { api } from '#lib/http/api'
import { jobLists } from '#lib/queue/leasing-wiring'
import { queueQuery } from '#lib/queue/schemas'

export const handler = api({ scope: 'reader', query: queueQuery }, ({ query }) => jobLists.list(query))
