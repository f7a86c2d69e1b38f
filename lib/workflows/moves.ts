/** The moves a run can make, as values: into a phase, to a gate, to an end. Each names its history entry. */
import { type Instant, seconds } from '#lib/clock'
import type { PhaseDefinition } from './definition.ts'
import type { GateState, Note, PhaseRecord, Run, State, Workflow, WorkflowEvent } from './model.ts'
import { isFinal, phaseOf, recordOf, stateName } from './standing.ts'

/** What a move changes. */
export interface Changes {
  readonly state: State
  readonly phases?: readonly PhaseRecord[]
  readonly paused?: Workflow['paused']
  readonly evidence?: string
  readonly result?: string | null
}

/** The workflow after `event` changed it at `at`: one more version, one more entry of its history. */
export function moved(workflow: Workflow, event: WorkflowEvent, at: Instant, changes: Changes): Workflow {
  const { state, evidence = null, result = null, phases = workflow.phases, paused = workflow.paused } = changes
  const seq = workflow.version + 1
  const attempt = workflow.phases[phaseOf(workflow)]?.attempt ?? 0
  const reason = 'reason' in event ? event.reason : null
  const entry = {
    seq,
    from: stateName(workflow.state),
    to: stateName(state),
    event: event.kind,
    actor: event.actor,
    at,
  }
  return {
    ...workflow,
    state,
    phases,
    // Nothing is paused that is over.
    paused: isFinal(state) ? null : paused,
    version: seq,
    last: { ...entry, attempt, result, evidence, reason },
    updated_at: at,
    completed_at: isFinal(state) ? at : null,
  }
}

/** Entering a phase: a fresh attempt, and why it is not the first. */
export interface Entering {
  readonly reason?: Note | null
  readonly failures?: number
  readonly rework?: number
  readonly not_before?: Instant
}

/** The state and records of a run that enters `phase`. */
export function entering({ workflow, definition }: Run, phase: number, at: Instant, how: Entering) {
  const record = recordOf(workflow, phase)
  const { reason = null, failures = 0, rework = record.rework, not_before = at } = how
  const next: PhaseRecord = {
    attempt: record.attempt + 1,
    failures,
    rework,
    started_at: at,
    finished_at: null,
    result: null,
    by: null,
    error: null,
    reason,
  }
  const state: State = { kind: 'phase', phase, hub: definition.phases[phase]?.dispatch === 'hub', not_before }
  return { state, phases: withRecord(workflow.phases, phase, next) }
}

/** What follows a phase that is done and, where it has a gate, approved. */
export function beyond(run: Run, phase: number, at: Instant): { state: State; phases: readonly PhaseRecord[] } {
  if (phase + 1 < run.definition.phases.length) return entering(run, phase + 1, at, {})
  return { state: { kind: 'done' }, phases: run.workflow.phases }
}

/** The gate behind a phase, opened at `at`. */
export function opening(phase: number, gate: NonNullable<PhaseDefinition['gate']>, at: Instant): GateState {
  const deadline_at = at + seconds(gate.deadline_seconds)
  return {
    kind: 'gate',
    phase,
    opened_at: at,
    deadline_at,
    expires_at: gate.on_expiry === 'remind' ? null : deadline_at + seconds(gate.grace_seconds),
    remind_at: deadline_at,
    approvals: [],
  }
}

/** The gate with all its times moved on by the length of a pause. */
export function postponed(gate: GateState, by: number): GateState {
  return {
    ...gate,
    deadline_at: gate.deadline_at + by,
    expires_at: gate.expires_at === null ? null : gate.expires_at + by,
    remind_at: gate.remind_at + by,
  }
}

export function withRecord(phases: readonly PhaseRecord[], phase: number, record: PhaseRecord): readonly PhaseRecord[] {
  return phases.map((each, at) => (at === phase ? record : each))
}
