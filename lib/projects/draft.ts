/** A decision in the making: clauses and steps that parts of the engine add, made whole at the end. */
import type { Decision, Restraint } from './model.ts'
import { heldBack, JOINT } from './words.ts'

export interface Draft extends Omit<Decision, 'reasoning'> {
  /** Clauses that always stand. */
  readonly notes: readonly string[]
  /** Clauses that say what is done. */
  readonly clauses: readonly string[]
}

export const BLANK: Draft = {
  type: 'MONITOR',
  notes: [],
  clauses: [],
  create_new_sprint: false,
  tasks_to_assign: 0,
  sprint_closure_triggered: false,
  sprint_id_to_close: null,
  sprint_name: null,
  sprint_duration_weeks: null,
  warnings: [],
  decision_source: 'rule_based_only',
  rule_based_decision: { create_new_sprint: false, tasks_to_assign: 0, sprint_duration_weeks: null, reasoning: '' },
  intelligence_adjustments: {},
  intelligence_recommendations: [],
  confidence_scores: { overall: 0, similarity: 0, velocity: 0, success_probability: 0 },
  strategies: [],
  budget_tripped: false,
  steps: [],
}

export function isFree({ mode, paused }: Restraint): boolean {
  return mode === 'enforce' && paused === null
}

/** The decision of a draft. */
export function complete({ notes, clauses, ...draft }: Draft): Decision {
  return { ...draft, reasoning: [...notes, ...clauses].join(JOINT) }
}

/** The same without a step, when policy or pause forbid changes: what would have been done becomes a warning. */
export function restrained(draft: Draft, restraint: Restraint, idle: 'MONITOR' | 'MAINTENANCE'): Draft {
  if (isFree(restraint) || draft.steps.length === 0) return draft
  const held = heldBack(restraint)
  return {
    ...draft,
    type: idle,
    clauses: [`${held}.`],
    warnings: [...draft.warnings, held, ...draft.clauses.map((clause) => `Not done: ${clause}`)],
    create_new_sprint: false,
    tasks_to_assign: 0,
    sprint_closure_triggered: false,
    sprint_id_to_close: null,
    sprint_name: null,
    decision_source: 'rule_based_only',
    intelligence_adjustments: {},
    intelligence_recommendations: [],
    strategies: [],
    steps: [],
  }
}
