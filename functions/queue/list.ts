/** GET /queue: what is in the queue, page by page. */
import { api } from '#lib/http/api'
import { queueQuery } from '#lib/queue/schemas'
import { jobLists } from '#lib/queue/wiring'

export const handler = api({ scope: 'reader', query: queueQuery }, ({ query }) => jobLists.list(query))
