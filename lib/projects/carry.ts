/**
 * Carries a decision out so that dying at any point is harmless.
 *
 *     decided ──open──▶ open ──steps──▶ open ──finish──▶ recorded
 *                        │                 ▲
 *                        └── crash ── resume (the next holder of the lock; every step finds what exists)
 *
 * The intent is written before the first step and holds all that the steps need. The record is one write with the state
 * after it, and events are made from that write alone: nothing is told that was not recorded, nothing recorded is untold.
 */
import { type Clock, minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { stateAfter } from './aftermath.ts'
import { isFree } from './draft.ts'
import { changedAnything } from './effects.ts'
import type { Hold } from './lock.ts'
import { type Decision, type DecisionRecord, decisionId, type Inputs, type Intent, type Trigger } from './model.ts'
import { halfEven } from './numbers.ts'
import type { createPerform, Performed } from './performance.ts'
import type { LiveCronJob } from './ports.ts'
import type { Known, Memory, ProjectStore } from './store-ports.ts'
import { restraintAt } from './timing.ts'

export interface CarryPorts {
  readonly store: ProjectStore
  readonly memory: Memory
  readonly clock: Clock
  readonly perform: ReturnType<typeof createPerform>
}

export interface Begun {
  readonly project: string
  readonly known: Known
  readonly hold: Hold
  readonly trigger: Trigger
  readonly correlation_id: string
  readonly inputs: Inputs
  readonly decision: Decision
  /** Every unassigned task before the first step. */
  readonly unassigned: readonly string[]
  /** The project's CronJobs as they were seen. */
  readonly lives: readonly LiveCronJob[]
}

/** An intent this old is finished as far as it was begun, and no further. */
const FRESH_MS = minutes(15)

export type Carry = ReturnType<typeof createCarry>

export function createCarry({ store, memory, clock, perform }: CarryPorts) {
  return { out, resume }

  /** Opens, performs, records. Throws what the first step failed with when nothing came of it. */
  async function out(begun: Begun): Promise<DecisionRecord> {
    const { project, known, hold, trigger, correlation_id, inputs, decision } = begun
    const { seq, events } = known.state
    const next = { seq: seq + 1, first_event_seq: events + 1, at: inputs.at, fence: hold.fence }
    const intent: Intent = { ...next, trigger, correlation_id, inputs, decision }
    hold.check()
    if (!(await store.open(project, intent))) throw overtaken()
    const { unassigned, lives } = begun
    const on = { project, inputs, hold, repeated: false, stale: false, unassigned, lives }
    const performed = await perform(decision.steps, on)
    const { stop } = performed
    if (stop === undefined || changedAnything(performed.outcome)) return finish(begun, intent, performed)
    // Nothing has happened for sure: forget it. Otherwise it stays open, and whoever comes next finds out.
    if (stop.certain) await store.drop(project, intent)
    throw stop.error
  }

  /** Finishes what a crash left open. Undefined when there was nothing, or nothing had come of it. */
  async function resume(project: string, known: Known, hold: Hold): Promise<DecisionRecord | undefined> {
    const { open } = known.state
    if (open === null) return undefined
    const now = clock.now()
    const stale = now - open.at > FRESH_MS || !isFree(restraintAt(known.settings, now))
    if (!(await store.takeOver(project, open, hold.fence))) throw overtaken()
    const { inputs, decision } = open
    const on = { project, inputs, hold, repeated: true, stale, unassigned: undefined, lives: undefined }
    const performed = await perform(decision.steps, on)
    const isEmpty = !changedAnything(performed.outcome)
    if (isEmpty && (stale || performed.stop !== undefined)) {
      if (performed.stop?.certain === false) throw performed.stop.error
      await store.drop(project, open)
      return undefined
    }
    return finish({ project, known, hold }, open, performed)
  }

  async function finish(
    { project, known, hold }: Pick<Begun, 'project' | 'known' | 'hold'>,
    intent: Intent,
    { outcome }: Performed,
  ): Promise<DecisionRecord> {
    const { fence: _, ...decided } = intent
    const record: DecisionRecord = {
      ...decided,
      decision_id: decisionId(project, intent.seq),
      project_id: project,
      finished_at: clock.now(),
      outcome,
    }
    await remember(record)
    // Too late is not too bad: whoever holds the lock now finds every step done and records it.
    hold.check()
    const standing = await store.finish(record, stateAfter(known.state, record), hold.fence)
    if (standing === undefined) throw overtaken()
    return standing
  }

  /** Before the record, so that a crash in between only means that it is written once more. */
  async function remember(record: DecisionRecord): Promise<void> {
    const { outcome, inputs, decision, project_id } = record
    const closed = outcome.sprint_closed
    const share = closed === null ? 0 : closed.completed / Math.max(closed.completed + closed.moved, 1)
    if (closed !== null) await memory.settle(project_id, closed.sprint_id, halfEven(share, 4), record.finished_at)
    if (outcome.sprint_created === null || inputs.kind !== 'orchestration') return
    await memory.begin({
      project_id,
      sprint_id: outcome.sprint_created.sprint_id,
      decision_id: record.decision_id,
      at: record.at,
      team_size: inputs.team_size,
      unassigned_tasks: inputs.backlog.unassigned,
      tasks: outcome.sprint_created.assigned,
      weeks: decision.sprint_duration_weeks ?? inputs.options.sprint_duration_weeks,
      decision_source: decision.decision_source,
      strategies: decision.strategies,
      outcome: null,
      settled_at: null,
    })
  }
}

function overtaken(): AppError {
  const message = 'Another orchestration of this project came in between. Repeat the request.'
  return new AppError('conflict', message, { retryAfter: 1 })
}
