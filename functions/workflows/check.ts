/** Every GATE_CHECK_INTERVAL: overdue gates, attempts that wait for the agent hub, cards in the wrong place. */
import { seconds } from '#lib/clock'
import { scheduled } from '#lib/http/scheduled'
import { isIdleCheck } from '#lib/workflows/check'
import { workflows } from '#lib/workflows/wiring'

/** The function may run for 300 seconds. */
const LEFT_MS = seconds(290)

export const handler = scheduled(
  'workflows-check',
  ({ correlationId }) => workflows.check({ correlation_id: correlationId, leftMs: LEFT_MS }),
  isIdleCheck,
)
