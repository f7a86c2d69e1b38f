/** GET /pr-review/status: which review gates are closed, and what awaits review. */
import { api } from '#lib/http/api'
import { reviews } from '#lib/queue/wiring'

export const handler = api({ scope: 'reader' }, () => reviews.status())
