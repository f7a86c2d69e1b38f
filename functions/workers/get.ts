/** GET /workers/{id}: one worker. */
import { api } from '#lib/http/api'
import { workerPath } from '#lib/queue/schemas'
import { lists } from '#lib/queue/wiring'

export const handler = api({ scope: 'reader', params: workerPath }, ({ params }) => lists.worker(params.id))
