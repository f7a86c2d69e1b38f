/** The table's stream, for webhooks: each that was taken in is worked on as a poll would. */
import { workOn } from '#lib/github/wiring'
import { log } from '#lib/http/logger'
import { stream } from '#lib/http/stream'
import { deliveryOfRecord } from '#lib/store/deliveries'

export const handler = stream('github-deliveries', async (record) => {
  const taken = deliveryOfRecord(record)
  if (taken === undefined) return
  const { delivery, correlation_id } = taken
  const outcome = await workOn(delivery, correlation_id)
  log.info('delivery', { id: delivery.id, kind: delivery.kind, outcome, correlation_id })
})
