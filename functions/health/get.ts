/** GET /health: how Coxswain is doing; open to all, 503 when its store does not answer. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { health } from '#lib/queue/wiring'

export const handler = api({ scope: 'open' }, async () => {
  const view = await health()
  return view.status === 'unhealthy' ? answer(503, view, { 'retry-after': '5' }) : view
})
