/** GET /workers/desired: how many workers the queue could use, for an autoscaler. */
import { api } from '#lib/http/api'
import { desired } from '#lib/queue/wiring'

export const handler = api({ scope: 'reader' }, () => desired())
