/** What the API shows of a run. Pure: everything it needs was read before. */
import { type Instant, toTimestamp } from '#lib/clock'
import type { Brief, PhaseRecord, Run, State } from './model.ts'
import type { Consultation, DispatchRecord } from './ports.ts'
import { allowedEvents, evidenceAt, isFinal, phaseOf, stateName } from './standing.ts'

/** What a view shows that lives apart from the run. */
export interface Parts {
  readonly brief: Brief
  readonly consultations: readonly Consultation[]
  /** By the digest of a result, by phase for errors and reasons. */
  readonly results: ReadonlyMap<string, unknown>
  readonly errors: readonly (string | null)[]
  readonly reasons: readonly (string | null)[]
  readonly dispatch: DispatchRecord | undefined
}

const timeOrNull = (at: Instant | null): string | null => (at === null ? null : toTimestamp(at))

/** The whole of a run. */
export function workflowView(run: Run, parts: Parts) {
  const { workflow } = run
  const waiting = waitingFor(run, parts.dispatch)
  return {
    ...summaryView(run),
    description: parts.brief.description,
    context: parts.brief.context,
    phases: run.definition.phases.map((phase, at) => ({
      name: phase.name,
      attempt: recordAt(workflow.phases, at).attempt,
      state: phaseState(run, at),
      started_at: timeOrNull(recordAt(workflow.phases, at).started_at),
      finished_at: timeOrNull(recordAt(workflow.phases, at).finished_at),
      by: recordAt(workflow.phases, at).by,
      result: parts.results.get(recordAt(workflow.phases, at).result ?? '') ?? null,
      error: parts.errors[at] ?? null,
      reason: parts.reasons[at] ?? null,
    })),
    waiting_for: waiting,
    ...(waiting === 'agent_hub' && { dispatch: dispatchView(workflow.state, parts.dispatch) }),
    allowed_events: allowedEvents(workflow),
    consultations: parts.consultations.map(consultationView),
  }
}

/** A run as lists show it: without its texts. */
export function summaryView(run: Run) {
  const { workflow, definition } = run
  return {
    feature_id: workflow.feature_id,
    id: workflow.id,
    definition: workflow.definition,
    state: stateName(workflow.state),
    ...(workflow.state.kind === 'gate' && { gate: gateView(run, workflow.state) }),
    waiting_for: waitingFor(run, undefined),
    progress: progressOf(run),
    paused: workflow.paused !== null,
    version: workflow.version,
    created_at: toTimestamp(workflow.created_at),
    updated_at: toTimestamp(workflow.updated_at),
    completed_at: timeOrNull(workflow.completed_at),
    ...(workflow.state.kind === 'phase' && { phase: definition.phases[workflow.state.phase]?.name }),
  }
}

export function consultationView(it: Consultation) {
  return {
    id: it.id,
    topic: it.topic,
    question: it.question,
    status: it.state,
    answer: it.answer,
    rationale: it.rationale,
    confidence: it.confidence,
    uncertainty_reasons: it.uncertainty_reasons,
    escalation_id: it.escalation_id,
    asked_by: it.asked_by,
    asked_at: toTimestamp(it.asked_at),
    answered_at: timeOrNull(it.answered_at),
    human: it.human && { ...it.human, at: toTimestamp(it.human.at) },
  }
}

function gateView(run: Run, gate: Extract<State, { kind: 'gate' }>) {
  const policy = run.definition.phases[gate.phase]?.gate
  return {
    name: policy?.name ?? stateName(gate),
    opened_at: toTimestamp(gate.opened_at),
    deadline_at: toTimestamp(gate.deadline_at),
    expires_at: timeOrNull(gate.expires_at),
    overdue: gate.remind_at > gate.deadline_at,
    evidence_hash: evidenceAt(run.workflow, gate.phase),
    requested_by: recordAt(run.workflow.phases, gate.phase).by,
    approvers: policy?.approvers ?? [],
    quorum: policy?.quorum ?? 1,
    approvals: gate.approvals,
    on_expiry: policy?.on_expiry ?? 'remind',
  }
}

/** Whom the run waits for; null when it is over. */
function waitingFor({ workflow: { state, paused } }: Run, dispatch: DispatchRecord | undefined) {
  if (isFinal(state)) return null
  if (paused !== null) return 'resume'
  if (state.kind === 'gate') return 'approval'
  if (state.kind !== 'phase') return 'start'
  if (!state.hub) return 'phase_result'
  return dispatch?.verdict?.kind === 'pending_human' ? 'human' : 'agent_hub'
}

function dispatchView(state: State, dispatch: DispatchRecord | undefined) {
  const notBefore = state.kind === 'phase' ? state.not_before : 0
  if (dispatch === undefined) return { state: 'pending', tries: 0, next_try_at: toTimestamp(notBefore), error: null }
  const next = dispatch.state === 'waiting' ? toTimestamp(dispatch.until) : null
  return { state: dispatch.state, tries: dispatch.tries, next_try_at: next, error: dispatch.error }
}

/** Steps are phases and gates, in their order; a step is done when the run is beyond it. */
function progressOf({ workflow, definition }: Run) {
  const steps = definition.phases.flatMap((phase, at) => (phase.gate === undefined ? [at] : [at, at + 0.5]))
  const here = positionOf(workflow.state, phaseOf(workflow))
  const done = steps.filter((step) => step < here).length
  return { done, total: steps.length, percent: Math.floor((done / steps.length) * 100) }
}

function positionOf(state: State, phase: number): number {
  switch (state.kind) {
    case 'done':
      return Infinity
    case 'gate':
      return phase + 0.5
    case 'idle':
    case 'phase':
    case 'failed':
    case 'cancelled':
      return phase
  }
}

function phaseState(run: Run, at: number): string {
  const { state, phases } = run.workflow
  if (recordAt(phases, at).attempt === 0) return 'pending'
  if (state.kind === 'done' || at < phaseOf(run.workflow)) return 'completed'
  switch (state.kind) {
    case 'gate':
      return 'waiting_approval'
    case 'failed':
    case 'cancelled':
      return state.kind
    default:
      return 'running'
  }
}

function recordAt(phases: readonly PhaseRecord[], at: number): PhaseRecord {
  const record = phases[at]
  if (record === undefined) throw new Error(`The run keeps no record of its phase ${at + 1}.`)
  return record
}
