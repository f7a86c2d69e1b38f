/** The machine: what an event makes of a run. Pure; every state and every event is named. */
import { type Instant, seconds, toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import { atGate } from './gate.ts'
import type { PhaseState, Run, State, Workflow, WorkflowEvent } from './model.ts'
import { beyond, entering, moved, opening, postponed, withRecord } from './moves.ts'
import { illegal, type Outcome, REPEAT } from './outcome.ts'
import { evidenceAt, recordOf } from './standing.ts'

type Of<K extends WorkflowEvent['kind']> = Extract<WorkflowEvent, { kind: K }>

/**
 * The run after `event`, or why not: a repeat of something already known, or a refusal. Time never goes backwards in a
 * run, whatever the clock says.
 */
export function transition(run: Run, event: WorkflowEvent, now: Instant): Outcome {
  const { state } = run.workflow
  const at = Math.max(now, run.workflow.updated_at)
  switch (state.kind) {
    case 'idle':
      return whileIdle(run, event, at)
    case 'phase':
      return inPhase(run, state, event, at)
    case 'gate':
      return halted(run, state, event, at) ?? atGate(run, state, event, at)
    case 'failed':
      return afterFailure(run, state.phase, event, at)
    case 'done':
    case 'cancelled':
      return answersAnEarlierAttempt(run, event) ? REPEAT : illegal(run.workflow, event)
  }
}

function whileIdle(run: Run, event: WorkflowEvent, at: Instant): Outcome {
  if (event.kind !== 'start' || run.workflow.paused !== null) {
    return halted(run, run.workflow.state, event, at) ?? illegal(run.workflow, event)
  }
  const next = entering(run, 0, at, {})
  return { kind: 'moved', workflow: moved(run.workflow, event, at, next) }
}

function inPhase(run: Run, state: PhaseState, event: WorkflowEvent, at: Instant): Outcome {
  if (answersAnEarlierAttempt(run, event) || saysTheLastAgain(run, event)) return REPEAT
  if (event.kind === 'phase_complete') return completed(run, state, event, at)
  if (event.kind === 'phase_failed') return failedOnce(run, state, event, at)
  return halted(run, state, event, at) ?? illegal(run.workflow, event)
}

function afterFailure(run: Run, phase: number, event: WorkflowEvent, at: Instant): Outcome {
  if (answersAnEarlierAttempt(run, event)) return REPEAT
  if (event.kind !== 'retry') return illegal(run.workflow, event)
  const { error } = recordOf(run.workflow, phase)
  const next = entering(run, phase, at, { rework: 0, reason: event.reason ?? error })
  return { kind: 'moved', workflow: moved(run.workflow, event, at, next) }
}

/** Pausing, resuming and cancelling; undefined when the event is none of them. Throws nothing, refuses by value. */
function halted(run: Run, state: State, event: WorkflowEvent, at: Instant): Outcome | undefined {
  const { workflow } = run
  const to = (next: State, paused: Workflow['paused']): Outcome => ({
    kind: 'moved',
    workflow: moved(workflow, event, at, { state: next, paused }),
  })
  switch (event.kind) {
    case 'cancel':
      return to({ kind: 'cancelled' }, null)
    case 'pause':
      return workflow.paused === null ? to(state, { at, by: event.actor }) : illegal(workflow, event)
    case 'resume': {
      if (workflow.paused === null) return illegal(workflow, event)
      return to(state.kind === 'gate' ? postponed(state, at - workflow.paused.at) : state, null)
    }
    default:
      return undefined
  }
}

function completed(run: Run, { phase }: PhaseState, event: Of<'phase_complete'>, at: Instant): Outcome {
  const { workflow, definition } = run
  const record = { ...recordOf(workflow, phase), finished_at: at, result: event.result, by: event.actor, error: null }
  const phases = withRecord(workflow.phases, phase, record)
  const gate = definition.phases[phase]?.gate
  const finished = { ...run, workflow: { ...workflow, phases } }
  const next = gate === undefined ? beyond(finished, phase, at) : { state: opening(phase, gate, at), phases }
  const evidence = evidenceAt(finished.workflow, phase)
  return {
    kind: 'moved',
    workflow: moved(workflow, event, at, { ...next, result: event.result, evidence }),
  }
}

function failedOnce(run: Run, { phase }: PhaseState, event: Of<'phase_failed'>, at: Instant): Outcome {
  const { workflow, definition } = run
  const record = recordOf(workflow, phase)
  const failures = record.failures + 1
  const policy = definition.phases[phase]?.retry
  if (policy !== undefined && failures < policy.attempts) {
    const wait = Math.min(policy.max_backoff_seconds, policy.backoff_seconds * 2 ** (failures - 1))
    const how = { failures, reason: event.reason, not_before: at + seconds(wait) }
    const next = entering(run, phase, at, how)
    return { kind: 'moved', workflow: moved(workflow, event, at, next) }
  }
  const lost = { ...record, failures, finished_at: at, error: event.reason, by: event.actor }
  const end = { state: { kind: 'failed', phase }, phases: withRecord(workflow.phases, phase, lost) } as const
  return { kind: 'moved', workflow: moved(workflow, event, at, end) }
}

/** True for the word of an agent on an attempt that is over: it was heard before, or nobody waits for it any more. */
function answersAnEarlierAttempt({ workflow }: Run, event: WorkflowEvent): boolean {
  if (event.kind !== 'phase_complete' && event.kind !== 'phase_failed') return false
  const { of } = event
  if (of === undefined) return false
  const { state } = workflow
  return state.kind !== 'phase' || state.phase !== of.phase || recordOf(workflow, state.phase).attempt !== of.attempt
}

/** True for the result that just ended the phase before, where no gate keeps the two apart. */
function saysTheLastAgain({ workflow: { last } }: Run, event: WorkflowEvent): boolean {
  if (event.kind !== 'phase_complete' || event.of !== undefined || event.result === null) return false
  return last.event === 'phase_complete' && last.actor === event.actor && last.result === event.result
}

/** Refuses an event that was meant for another version of the run. */
export function checkExpected(workflow: Workflow, expected: number | undefined): void {
  if (expected === undefined || expected === workflow.version) return
  const since = toTimestamp(workflow.updated_at)
  throw new AppError('conflict', `The workflow has moved on: it is at version ${workflow.version} since ${since}.`, {
    details: { version: workflow.version, expected_version: expected },
  })
}
