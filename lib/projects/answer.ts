/** The answer to an orchestration, word for word what its consumers know, made from the decision's record. */

import { isOverdue } from './engine.ts'
import { cronJobOf, warningsOf } from './events.ts'
import { isRead } from './history.ts'
import { type Decision, type DecisionRecord, NO_OUTCOME, type Orchestration, type Outcome, type Step } from './model.ts'
import { outlookOf } from './risks.ts'
import { paceOf } from './velocity.ts'

/** A decision of a request, always made from an orchestration's inputs. */
export type RequestRecord = DecisionRecord & { readonly inputs: Orchestration }

export function isRequest(record: DecisionRecord | undefined): record is RequestRecord {
  return record?.inputs.kind === 'orchestration'
}

export function answerOf(record: RequestRecord) {
  const { inputs, decision, outcome } = record
  const warnings = warningsOf(record)
  return {
    project_id: inputs.project_id,
    analysis: analysisView(inputs),
    decisions: { ...decisionView(decision, outcome), warnings },
    actions_taken: outcome.actions,
    cronjob_name: outcome.cronjobs.some(({ did }) => did !== 'deleted') ? cronJobOf(record) : null,
    sprint_id: outcome.sprint_created?.sprint_id ?? null,
    decision_id: record.decision_id,
    warnings,
  }
}

/** What would be done, nothing of it done. */
export function dryAnswer(inputs: Orchestration, decision: Decision) {
  const { warnings } = decision
  return {
    project_id: inputs.project_id,
    analysis: analysisView(inputs),
    decisions: { ...decisionView(decision, NO_OUTCOME), warnings },
    actions_taken: [],
    cronjob_name: null,
    sprint_id: null,
    decision_id: null,
    warnings,
    dry_run: true,
    planned_actions: decision.steps.map(planned),
  }
}

/** The members that consumers know, as they happened and not only as they were meant. */
function decisionView(decision: Decision, outcome: Outcome) {
  const { intelligence_adjustments, confidence_scores, rule_based_decision, decision_source } = decision
  const did = (what: string) => outcome.cronjobs.some((one) => one.did === what)
  return {
    create_new_sprint: decision.create_new_sprint,
    tasks_to_assign: outcome.sprint_created?.assigned ?? decision.tasks_to_assign,
    cronjob_created: did('created'),
    cronjob_deleted: did('deleted'),
    sprint_closure_triggered: decision.sprint_closure_triggered,
    sprint_id_to_close: decision.sprint_id_to_close,
    sprint_name: decision.sprint_name,
    sprint_duration_weeks: decision.sprint_duration_weeks,
    reasoning: decision.reasoning,
    warnings: decision.warnings,
    decision_source,
    rule_based_decision,
    intelligence_adjustments,
    confidence_scores,
    decision_type: decision.type,
  }
}

function analysisView(inputs: Orchestration) {
  const { sprint, details, availability } = inputs
  return {
    project_id: inputs.project_id,
    project_details: details,
    team_size: inputs.team_size,
    team_availability: availability,
    backlog_tasks: inputs.backlog.total_tasks,
    unassigned_tasks: inputs.backlog.unassigned,
    active_sprints_count: inputs.active_sprints,
    current_active_sprint: sprint,
    project_sprints_count: inputs.sprint_count,
    has_active_sprint_for_project: sprint !== null,
    sprint_count: inputs.sprint_count,
    historical_context: historyView(inputs),
  }
}

function historyView({ history, workload, sprint, at }: Orchestration) {
  const overdue = sprint !== null && isOverdue(sprint, at)
  const predictions = outlookOf({ history, workload, completionRate: null, overdue })
  if (history === null) return { available: false, predictions }
  const { velocity, similar, daily_scrums, retrospectives, impediments } = history
  const { trend, sprints, confidence } = paceOf(velocity)
  return {
    available: true,
    similar_projects: similar,
    velocity: isRead(history, 'velocity')
      ? { trend, average_velocity: velocity.average, sprints, confidence }
      : { trend, average_velocity: null, sprints: null, confidence },
    daily_scrums: isRead(history, 'patterns', 'scrums') ? daily_scrums : null,
    retrospectives: isRead(history, 'retrospectives') ? retrospectives : null,
    impediments,
    predictions,
  }
}

function planned(step: Step): string {
  switch (step.kind) {
    case 'close_sprint':
      return `Close sprint ${step.sprint_id}`
    case 'create_sprint':
      return `Create sprint ${step.name} of ${step.weeks} week(s)`
    case 'trim_sprint':
      return `Leave ${step.keep} task(s) in the sprint`
    case 'delete_cronjob':
      return `Delete cronjob ${step.name}`
    case 'create_cronjob':
      return `Create the cronjob of sprint ${step.sprint_id ?? 'to be created'}`
    case 'repair_cronjob':
      return `Repair cronjob ${step.name}`
    case 'recreate_cronjob':
      return `Delete cronjob ${step.name} and create it anew`
  }
}
