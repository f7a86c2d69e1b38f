/** The engine: one event, one decision, one conditional write. Whoever loses a race is told, never applied blindly. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Definitions } from './catalog.ts'
import type { HistoryEntry, Run, Workflow, WorkflowEvent } from './model.ts'
import { illegal, refusalError } from './outcome.ts'
import type { WorkflowStore } from './ports.ts'
import { checkExpected, transition } from './transition.ts'

export interface EnginePorts {
  readonly store: WorkflowStore
  readonly definitions: Definitions
  readonly clock: Clock
}

export interface Occasion {
  readonly correlation_id: string
  readonly expected_version?: number | undefined
}

export interface Applied {
  readonly run: Run
  /** False when the event was known already and nothing changed. */
  readonly changed: boolean
}

export type Engine = ReturnType<typeof createEngine>

/** Entries looked through for an earlier word of the same kind; nobody repeats himself after more. */
const RECENT = 10

export function createEngine({ store, definitions, clock }: EnginePorts) {
  return { load, apply }

  /** The run of a feature with its pinned definition. Throws `not_found`. */
  async function load(featureId: string): Promise<Run> {
    const workflow = await store.find(featureId)
    if (workflow === undefined) throw unknownWorkflow(featureId)
    return withDefinition(workflow)
  }

  /**
   * Applies an event to a run that was just read. Throws what the machine refuses, and `conflict` when another event was
   * quicker; the same event sent twice is applied once and answered twice. 2 write units.
   */
  async function apply(run: Run, event: WorkflowEvent, on: Occasion): Promise<Applied> {
    const before = run.workflow
    checkExpected(before, on.expected_version)
    const outcome = transition(run, event, clock.now())
    if (outcome.kind === 'repeat') return { run, changed: false }
    if (outcome.kind === 'refused') {
      const word = await saidBefore(before, event)
      if (word === 'same') return { run, changed: false }
      if (word === 'expired') throw new AppError('gone', 'This gate expired before the decision came.')
      throw refusalError(outcome, before)
    }
    const after = { ...outcome.workflow, correlation_id: on.correlation_id }
    const saved = await store.save(after, before)
    if (saved.kind === 'saved') return { run: { ...run, workflow: after }, changed: true }
    return outrun(saved.current ?? before, event)
  }

  /** Another event came between reading and writing: the same one is a repeat, any other makes this one stale. */
  async function outrun(current: Workflow, event: WorkflowEvent): Promise<Applied> {
    if (isSame(current.last, event) || (await saidBefore(current, event)) === 'same') {
      return { run: await withDefinition(current), changed: false }
    }
    const refusal = illegal(current, event)
    if (refusal.kind !== 'refused') throw new Error('An illegal event is always refused.')
    throw refusalError({ ...refusal, message: `Another event was quicker. ${refusal.message}` }, current)
  }

  /** Whether this decision is in the newest history already, or came too late for its gate. */
  async function saidBefore(workflow: Workflow, event: WorkflowEvent): Promise<'same' | 'expired' | undefined> {
    if (event.kind !== 'approve' && event.kind !== 'reject' && event.kind !== 'phase_complete') return undefined
    const entries = [workflow.last, ...(await store.recent(workflow.feature_id, RECENT))]
    if (entries.some((entry) => isSame(entry, event))) return 'same'
    const evidence = event.kind === 'phase_complete' ? undefined : event.evidence
    const expiry = entries.some((entry) => entry.event === 'expire' && entry.evidence === evidence)
    return expiry ? 'expired' : undefined
  }

  async function withDefinition(workflow: Workflow): Promise<Run> {
    return { workflow, definition: await definitions.pinned(workflow.definition) }
  }
}

/** True for a decision on the same evidence, or the same result, by the same hand. */
function isSame(entry: HistoryEntry, event: WorkflowEvent): boolean {
  if (entry.event !== event.kind || entry.actor !== event.actor) return false
  switch (event.kind) {
    case 'approve':
    case 'reject':
      return event.evidence !== undefined && entry.evidence === event.evidence
    case 'phase_complete':
      return entry.result === event.result
    default:
      return false
  }
}

function unknownWorkflow(featureId: string): AppError {
  return new AppError('not_found', `No workflow ${featureId} was started. POST /workflow/start starts one.`)
}
