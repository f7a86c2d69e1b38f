/** What happens at a gate: approvals, rejections, reminders, expiry. Pure. */
import { type Instant, seconds, toTimestamp } from '#lib/clock'
import type { GateDefinition } from './definition.ts'
import type { GateState, Note, Run, WorkflowEvent } from './model.ts'
import { beyond, entering, moved, withRecord } from './moves.ts'
import { illegal, type Outcome, REPEAT, refused } from './outcome.ts'
import { evidenceAt, recordOf } from './standing.ts'

type Of<K extends WorkflowEvent['kind']> = Extract<WorkflowEvent, { kind: K }>

const UNDECIDED: Note = { kind: 'inline', text: 'Nobody decided before the deadline.' }

/** What an event makes of a run that waits at a gate. */
export function atGate(run: Run, gate: GateState, event: WorkflowEvent, at: Instant): Outcome {
  const policy = run.definition.phases[gate.phase]?.gate
  if (policy === undefined) return illegal(run.workflow, event)
  const paused = run.workflow.paused !== null
  switch (event.kind) {
    case 'phase_complete':
      return isRepeat(run, gate, event) ? REPEAT : illegal(run.workflow, event)
    case 'approve':
      return paused ? illegal(run.workflow, event) : approved(run, gate, event, at)
    case 'reject':
      return paused ? illegal(run.workflow, event) : rejected(run, gate, event, at)
    case 'remind':
      return paused ? REPEAT : reminded(run, gate, policy, at)
    case 'expire':
      return paused ? REPEAT : expired(run, gate, event, at)
    case 'phase_failed':
      return event.of === undefined ? illegal(run.workflow, event) : REPEAT
    case 'start':
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'retry':
      return illegal(run.workflow, event)
  }
}

/** The same result by the same hand, or an agent's word on an attempt that is over. */
function isRepeat({ workflow }: Run, { phase }: GateState, event: Of<'phase_complete'>): boolean {
  const { result, by } = recordOf(workflow, phase)
  return event.of !== undefined || (event.result === result && event.actor === by)
}

function approved(run: Run, gate: GateState, event: Of<'approve'>, at: Instant): Outcome {
  const objection = objectionTo(run, gate, event, at)
  if (objection !== undefined) return objection
  if (gate.approvals.includes(event.actor)) return REPEAT
  const approvals = [...gate.approvals, event.actor]
  const quorum = run.definition.phases[gate.phase]?.gate?.quorum ?? 1
  const { evidence } = event
  const next = approvals.length < quorum ? { state: { ...gate, approvals } } : beyond(run, gate.phase, at)
  return { kind: 'moved', workflow: moved(run.workflow, event, at, { ...next, evidence }) }
}

function rejected(run: Run, gate: GateState, event: Of<'reject'>, at: Instant): Outcome {
  const objection = objectionTo(run, gate, event, at)
  return objection ?? { kind: 'moved', workflow: sentBack(run, gate, event, at) }
}

/** Why this decision does not count; undefined when it does. */
function objectionTo(run: Run, gate: GateState, event: Of<'approve' | 'reject'>, at: Instant): Outcome | undefined {
  const policy = run.definition.phases[gate.phase]?.gate
  const { by } = recordOf(run.workflow, gate.phase)
  if (policy !== undefined && policy.approvers.length > 0 && !policy.approvers.includes(event.actor)) {
    return refused('forbidden', `${event.actor} is not among the approvers of this gate.`)
  }
  if (event.kind === 'approve' && policy?.four_eyes !== false && event.actor === by) {
    return refused('forbidden', 'Whoever did the phase cannot approve it. Somebody else has to look at it.')
  }
  if (isExpired(gate, at)) return refused('gone', `This gate expired at ${toTimestamp(gate.expires_at ?? at)}.`)
  const evidence_hash = evidenceAt(run.workflow, gate.phase)
  if (event.evidence !== undefined && event.evidence !== evidence_hash) {
    const message = 'The evidence has changed since, or is another’s: look at the result of this attempt first.'
    return refused('conflict', message, { evidence_hash })
  }
  return undefined
}

function isExpired(gate: GateState, at: Instant): boolean {
  return gate.expires_at !== null && at >= gate.expires_at
}

function reminded(run: Run, gate: GateState, policy: GateDefinition, at: Instant): Outcome {
  if (at < gate.remind_at) return REPEAT
  const again = { ...gate, remind_at: Math.max(at, gate.remind_at) + seconds(policy.grace_seconds) }
  const event: WorkflowEvent = { kind: 'remind', actor: 'coxswain' }
  return { kind: 'moved', workflow: moved(run.workflow, event, at, { state: again }) }
}

function expired(run: Run, gate: GateState, event: Of<'remind' | 'expire'>, at: Instant): Outcome {
  if (!isExpired(gate, at)) return REPEAT
  const { workflow } = run
  const evidence = evidenceAt(workflow, gate.phase)
  switch (run.definition.phases[gate.phase]?.gate?.on_expiry) {
    case 'approve': {
      const next = beyond(run, gate.phase, at)
      return { kind: 'moved', workflow: moved(workflow, event, at, { ...next, evidence }) }
    }
    case 'reject':
      return { kind: 'moved', workflow: sentBack(run, gate, event, at) }
    case 'fail': {
      const phases = withRecord(workflow.phases, gate.phase, { ...recordOf(workflow, gate.phase), error: UNDECIDED })
      const state = { kind: 'failed', phase: gate.phase } as const
      return { kind: 'moved', workflow: moved(workflow, event, at, { state, phases, evidence }) }
    }
    case 'remind':
    case undefined:
      return REPEAT
  }
}

/** Rejected: the phase is done again, told why; or the run fails when that was once too often. */
function sentBack(run: Run, gate: GateState, event: Of<'reject' | 'remind' | 'expire'>, at: Instant) {
  const { workflow, definition } = run
  const reason = 'reason' in event ? event.reason : UNDECIDED
  const record = recordOf(workflow, gate.phase)
  const rework = record.rework + 1
  const evidence = evidenceAt(workflow, gate.phase)
  if (rework > definition.max_rework) {
    const phases = withRecord(workflow.phases, gate.phase, { ...record, rework, error: reason })
    return moved(workflow, event, at, { state: { kind: 'failed', phase: gate.phase }, phases, evidence })
  }
  const next = entering(run, gate.phase, at, { rework, reason })
  return moved(workflow, event, at, { ...next, evidence })
}
