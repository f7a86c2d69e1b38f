/** A run's beginning and end as events, made from its record alone, so that the same change always makes the same event. */
import { type Instant, toTimestamp } from '#lib/clock'
import { degradedReasonsOf, isDegraded } from './degraded.ts'
import type { Run } from './run.ts'

type CouncilEventType = 'DELIBERATION_STARTED' | 'DELIBERATION_COMPLETED' | 'DELIBERATION_FAILED'

/** Names and figures, never a text. */
export interface CouncilEvent {
  readonly event_id: string
  readonly event_type: CouncilEventType
  readonly timestamp: string
  readonly correlation_id: string
  readonly entity: { readonly kind: 'deliberation'; readonly id: string }
  readonly seq: number
  readonly execution_id: string
  readonly task_id: string
  readonly kind: Run['kind']
  readonly role: string
  readonly agents: number
  readonly [more: string]: unknown
}

/** One stored change of a run. `before` is undefined when it was begun by it. */
export interface RunChange {
  readonly before: Run | undefined
  readonly after: Run
}

/** The event of a change; undefined for one that only moves the lease. */
export function councilEventOf({ before, after }: RunChange): CouncilEvent | undefined {
  const { standing } = after
  if (before === undefined) {
    return event(after, 'DELIBERATION_STARTED', after.created_at, { rounds: after.rounds })
  }
  if (before.standing.kind !== 'open' || standing.kind === 'open') return undefined
  const duration_ms = standing.at - after.created_at
  if (standing.kind === 'failed') {
    const { code } = standing
    return event(after, 'DELIBERATION_FAILED', standing.at, { code, duration_ms })
  }
  const { winner_id, tags } = standing.decision
  const tokens = { input_tokens: Number(tags['input_tokens'] ?? 0), output_tokens: Number(tags['output_tokens'] ?? 0) }
  const usage = { ...tokens, cost_usd: Number(tags['cost_usd'] ?? 0), seconds: duration_ms / 1000 }
  const whole = { degraded: isDegraded(tags), degraded_reasons: degradedReasonsOf(tags) }
  const selected_by = tags['selected_by'] ?? 'ranking'
  return event(after, 'DELIBERATION_COMPLETED', standing.at, { winner_id, selected_by, ...whole, duration_ms, usage })
}

function event(
  run: Run,
  type: CouncilEventType,
  at: Instant,
  payload: Readonly<Record<string, unknown>>,
): CouncilEvent {
  const { execution_id, task_id, kind, role, agents, correlation_id } = run
  const seq = type === 'DELIBERATION_STARTED' ? 1 : 2
  return {
    ...payload,
    event_id: `deliberation:${execution_id}:${seq}`,
    event_type: type,
    timestamp: toTimestamp(at),
    correlation_id,
    entity: { kind: 'deliberation', id: execution_id },
    seq,
    execution_id,
    task_id,
    kind,
    role,
    agents,
  }
}
