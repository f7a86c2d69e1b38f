/** POST /github/webhook: GitHub says that something changed. Open to all: its signature is what lets it in. */

import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { rawBody } from '#lib/http/body'
import { receive } from '#lib/webhooks/wiring'

export const handler = api({ scope: 'open' }, async ({ event, correlationId }) => {
  const receipt = await receive({ body: rawBody(event), headers: event.headers, correlation_id: correlationId })
  return answer(202, receipt)
})
