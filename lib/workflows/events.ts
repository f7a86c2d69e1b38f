/** A transition as the event that tells of it. Pure; names and hashes, never a body. */
import * as z from 'zod'
import { toTimestamp } from '#lib/clock'
import type { Workflow } from './model.ts'
import { phaseOf } from './standing.ts'

const WORKFLOW_EVENTS = [
  'WORKFLOW_STARTED',
  'WORKFLOW_TRANSITIONED',
  'WORKFLOW_GATE_OPENED',
  'WORKFLOW_GATE_DECIDED',
  'WORKFLOW_GATE_OVERDUE',
  'WORKFLOW_DONE',
  'WORKFLOW_FAILED',
  'WORKFLOW_CANCELLED',
] as const

/** `event_id` is made from the feature and its seq, so that the same transition always makes the same id. */
export const workflowEnvelope = z.object({
  event_id: z.string(),
  event_type: z.enum(WORKFLOW_EVENTS),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('feature'), id: z.string() }),
  seq: z.int().positive(),
  workflow_id: z.string(),
  definition: z.string(),
  definition_version: z.int().positive(),
  from: z.string(),
  to: z.string(),
  event: z.string(),
  actor: z.string(),
  phase: z.int().positive(),
  attempt: z.int().nonnegative(),
  evidence_hash: z.string().nullable(),
})

export type WorkflowEnvelope = z.infer<typeof workflowEnvelope>

/** One stored transition. `before` is undefined when the run was started by it. */
export interface Transitioned {
  readonly before: Workflow | undefined
  readonly after: Workflow
}

/** What kind of event a transition is. */
function workflowEventTypeOf({ before, after }: Transitioned): WorkflowEnvelope['event_type'] {
  const { last, state } = after
  if (before === undefined && last.event === 'start') return 'WORKFLOW_STARTED'
  switch (state.kind) {
    case 'done':
      return 'WORKFLOW_DONE'
    case 'failed':
      return 'WORKFLOW_FAILED'
    case 'cancelled':
      return 'WORKFLOW_CANCELLED'
    case 'gate':
      if (last.event === 'remind') return 'WORKFLOW_GATE_OVERDUE'
      return last.event === 'phase_complete' ? 'WORKFLOW_GATE_OPENED' : 'WORKFLOW_TRANSITIONED'
    case 'idle':
    case 'phase':
      return ['approve', 'reject', 'expire'].includes(last.event) ? 'WORKFLOW_GATE_DECIDED' : 'WORKFLOW_TRANSITIONED'
  }
}

/** The event of a transition; undefined when the record changed without one. */
export function workflowEventOf(change: Transitioned): WorkflowEnvelope | undefined {
  const { before, after } = change
  if (before?.version === after.version) return undefined
  const { last } = after
  return {
    event_id: `workflow:${after.feature_id}:${after.version}`,
    event_type: workflowEventTypeOf(change),
    timestamp: toTimestamp(last.at),
    correlation_id: after.correlation_id,
    entity: { kind: 'feature', id: after.feature_id },
    seq: after.version,
    workflow_id: after.id,
    definition: after.definition.name,
    definition_version: after.definition.version,
    from: last.from,
    to: last.to,
    event: last.event,
    actor: last.actor,
    phase: phaseOf(after) + 1,
    attempt: after.phases[phaseOf(after)]?.attempt ?? 0,
    evidence_hash: last.evidence,
  }
}
