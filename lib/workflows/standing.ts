/** What a state means: its name, whether it is the end, and what may happen next. */
import { evidenceOf } from './digest.ts'
import type { EventName, PhaseRecord, State, Workflow } from './model.ts'

/** IDLE, PHASE_n, GATE_n (n from 1), DONE, FAILED or CANCELLED. */
export function stateName(state: State): string {
  switch (state.kind) {
    case 'idle':
      return 'IDLE'
    case 'phase':
      return `PHASE_${state.phase + 1}`
    case 'gate':
      return `GATE_${state.phase + 1}`
    case 'done':
      return 'DONE'
    case 'failed':
      return 'FAILED'
    case 'cancelled':
      return 'CANCELLED'
  }
}

export function isFinal(state: State): boolean {
  return state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled'
}

/** The events that are legal now. A paused run still takes the answer of an agent that was at work. */
export function allowedEvents({ state, paused }: Pick<Workflow, 'state' | 'paused'>): readonly EventName[] {
  const halt: readonly EventName[] = paused === null ? ['pause', 'cancel'] : ['resume', 'cancel']
  switch (state.kind) {
    case 'idle':
      return paused === null ? ['start', ...halt] : halt
    case 'phase':
      return ['phase_complete', 'phase_failed', ...halt]
    case 'gate':
      return paused === null ? ['approve', 'reject', ...halt] : halt
    case 'failed':
      return ['retry']
    case 'done':
    case 'cancelled':
      return []
  }
}

/** The record of a phase; every run has one per phase of its definition. */
export function recordOf(workflow: Workflow, phase: number): PhaseRecord {
  const record = workflow.phases[phase]
  if (record === undefined) throw new Error(`The workflow ${workflow.feature_id} has no phase ${phase + 1}.`)
  return record
}

/** The hash that an approval of this phase's newest result has to name. */
export function evidenceAt(workflow: Workflow, phase: number): string {
  const { attempt, result } = recordOf(workflow, phase)
  return evidenceOf(workflow.feature_id, phase, attempt, result)
}

/** The phase that a state is about; the last one begun when the run is over. */
export function phaseOf({ state, phases }: Workflow): number {
  if (state.kind === 'phase' || state.kind === 'gate' || state.kind === 'failed') return state.phase
  return Math.max(
    0,
    phases.findLastIndex(({ attempt }) => attempt > 0),
  )
}
