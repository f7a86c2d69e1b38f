/** POST /github/webhook: GitHub says that something changed. Open to all: its signature is what lets it in. */

import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import { rawBody } from '#lib/http/body'
import { receive } from '#lib/webhooks/wiring'

/**
 * GitHub's own cap (https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap); on AWS Lambda ends at 6 MB.
 * The signature is checked over all of it before a byte is read as JSON, and only what matters of it is kept.
 */
const WEBHOOK_MAX_BYTES = 25 * 1024 * 1024

export const handler = api({ scope: 'open', maxBodyBytes: WEBHOOK_MAX_BYTES }, async ({ event, correlationId }) => {
  const receipt = await receive({
    body: rawBody(event, WEBHOOK_MAX_BYTES),
    headers: event.headers,
    correlation_id: correlationId,
  })
  return answer(202, receipt)
})
