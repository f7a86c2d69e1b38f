/** DELETE /workers/{id}: take a worker off the list. */
import { api } from '#lib/http/api'
import { workerPath } from '#lib/queue/schemas'
import { retire } from '#lib/queue/wiring'

export const handler = api({ scope: 'operator', params: workerPath }, ({ params }) => retire(params.id))
