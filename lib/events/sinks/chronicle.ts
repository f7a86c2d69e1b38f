/** The Chronicle sink: each decision of the projects job becomes an audit note, once. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { anyEnvelope, type Envelope, type EventSink } from '../envelope.ts'

/** A note as Chronicle takes it. */
export interface DecisionNote {
  readonly audit_id: string
  readonly project_id: string
  readonly timestamp: string
  readonly correlation_id: string
  readonly sprint_id: string | null
  readonly base_decision: unknown
  readonly intelligence_recommendations: readonly unknown[]
  readonly applied_adjustments: unknown
  readonly final_decision: unknown
  readonly combined_reasoning: string
}

export interface ChronicleSinkPorts {
  /** Writes a note once, telling a repeat by its `audit_id`. */
  readonly write: (note: DecisionNote) => Promise<unknown>
  /** The note of a decision from its stored record, undefined when that is gone; then the event itself must do. */
  readonly recall?: (decisionId: string) => Promise<DecisionNote | undefined>
}

const list = z.array(z.unknown()).default([])

/** As much of the event as a note needs. What the decision was made of travels along where it is known. */
const decisionEvent = anyEnvelope.extend({
  event_type: z.literal('ORCHESTRATION_DECISION'),
  decision_id: z.string().min(1),
  decision_type: z.string(),
  project_id: z.string().min(1),
  sprint_id: z.string().nullable().default(null),
  reasoning: z.string(),
  warnings: list,
  actions_taken: list,
  cronjob_name: z.string().nullable().default(null),
  decision_source: z.string().default('rule_based_only'),
  base_decision: z.unknown().optional(),
  final_decision: z.unknown().optional(),
  intelligence_recommendations: list,
  applied_adjustments: z.unknown().optional(),
})

/** Refusals that waiting may mend: who we are, and how fast we are. */
const PASSING = new Set([401, 403, 408, 425, 429])

export function createChronicleSink({ write, recall }: ChronicleSinkPorts): EventSink {
  return {
    name: 'chronicle',
    async deliver(event) {
      const told = noteOf(event)
      if (told === undefined) return
      const note = (await recall?.(told.audit_id)) ?? told
      try {
        await write(note)
      } catch (error) {
        throw isRefusal(error) ? refused(error) : error
      }
    },
  }
}

/** The note an event makes; undefined when it tells of no decision. Throws `invalid` for a decision that cannot be read. */
export function noteOf(event: Envelope): DecisionNote | undefined {
  if (event.event_type !== 'ORCHESTRATION_DECISION') return undefined
  const read = decisionEvent.safeParse(event)
  if (!read.success) {
    throw new AppError('invalid', 'The event of a decision is not of its documented shape.', { cause: read.error })
  }
  const { decision_id, decision_type, project_id, sprint_id, reasoning, timestamp, correlation_id } = read.data
  const { warnings, actions_taken, cronjob_name, decision_source } = read.data
  const decided = { decision_type, decision_source, warnings, actions_taken, cronjob_name }
  const create_new_sprint = decision_type === 'CREATE_SPRINT'
  // Chronicle refuses a note without these; the event does not carry the numbers.
  const figures = { tasks_to_assign: 0, sprint_duration_weeks: 0, reasoning }
  return {
    audit_id: decision_id,
    project_id,
    timestamp,
    correlation_id,
    sprint_id,
    base_decision: read.data.base_decision ?? { decision_type, ...figures },
    intelligence_recommendations: read.data.intelligence_recommendations,
    applied_adjustments: read.data.applied_adjustments ?? {},
    final_decision: read.data.final_decision ?? { ...decided, create_new_sprint, ...figures },
    combined_reasoning: reasoning,
  }
}

/** True when Chronicle read the note and will never take it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'upstream_unavailable') return false
  const status = Number(error.details['status'] ?? 0)
  return status >= 400 && status < 500 && !PASSING.has(status)
}

function refused(cause: unknown): AppError {
  return new AppError('invalid', 'Chronicle refuses the note of this decision.', { cause })
}
