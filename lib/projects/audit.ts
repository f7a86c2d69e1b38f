/** The note that Chronicle keeps of a decision. */
import { toTimestamp } from '#lib/clock'
import { sprintOf, warningsOf } from './events.ts'
import type { DecisionRecord } from './model.ts'

export interface AuditNote {
  /** The decision's id, by which Chronicle's adapter tells a repeat. */
  readonly audit_id: string
  readonly project_id: string
  readonly sprint_id: string | null
  readonly timestamp: string
  readonly correlation_id: string
  readonly base_decision: Readonly<Record<string, unknown>>
  readonly intelligence_recommendations: readonly unknown[]
  readonly applied_adjustments: Readonly<Record<string, unknown>>
  readonly final_decision: Readonly<Record<string, unknown>>
  readonly combined_reasoning: string
}

/** The note owed for a decision. The same record makes the same note. */
export function auditNoteOf(record: DecisionRecord): AuditNote {
  const { decision, outcome } = record
  return {
    audit_id: record.decision_id,
    project_id: record.project_id,
    sprint_id: sprintOf(record),
    timestamp: toTimestamp(record.at),
    correlation_id: record.correlation_id,
    base_decision: { ...decision.rule_based_decision, sprint_duration_weeks: weeksOf(decision.rule_based_decision) },
    intelligence_recommendations: decision.intelligence_recommendations,
    applied_adjustments: decision.intelligence_adjustments,
    final_decision: {
      decision_type: decision.type,
      decision_source: decision.decision_source,
      create_new_sprint: decision.create_new_sprint,
      tasks_to_assign: decision.tasks_to_assign,
      sprint_name: decision.sprint_name,
      sprint_duration_weeks: weeksOf(decision),
      reasoning: decision.reasoning,
      sprint_id_to_close: decision.sprint_id_to_close,
      confidence_scores: decision.confidence_scores,
      warnings: warningsOf(record),
      actions_taken: outcome.actions,
    },
    combined_reasoning: decision.reasoning,
  }
}

/** Chronicle refuses a note without a number; a decision without a sprint has none. */
const weeksOf = ({ sprint_duration_weeks }: Pick<DecisionRecord['decision'], 'sprint_duration_weeks'>): number =>
  sprint_duration_weeks ?? 0
