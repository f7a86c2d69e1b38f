/** The events of councils as a schema, for those who listen. */
import * as z from 'zod'

const head = {
  /** Made from the run and `seq`, so that the same change always makes the same id. */
  event_id: z.string(),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('deliberation'), id: z.string() }),
  seq: z.int().positive(),
  execution_id: z.string(),
  task_id: z.string(),
  kind: z.enum(['deliberation', 'orchestration']),
  role: z.string(),
  agents: z.int().positive(),
}
const usage = z.object({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  cost_usd: z.number().nonnegative(),
  seconds: z.number().nonnegative(),
})

export const councilEvent = z.discriminatedUnion('event_type', [
  z.object({ event_type: z.literal('DELIBERATION_STARTED'), ...head, rounds: z.int().nonnegative() }),
  z.object({
    event_type: z.literal('DELIBERATION_COMPLETED'),
    ...head,
    winner_id: z.string(),
    /** `architect`, `ranking`, or `checks_only`: nobody's review is in the ranking. */
    selected_by: z.string().optional(),
    /** True when the result is not whole; the reasons are words for programs. */
    degraded: z.boolean().optional(),
    degraded_reasons: z.array(z.string()).optional(),
    duration_ms: z.number().nonnegative(),
    usage,
  }),
  z.object({
    event_type: z.literal('DELIBERATION_FAILED'),
    ...head,
    code: z.string(),
    duration_ms: z.number().nonnegative(),
  }),
])
