/** What a change of a run sends to the agent hub. Pure: the executor is in dispatcher.ts. */
import type { Run, Workflow } from './model.ts'
import type { DispatchKey } from './ports.ts'
import { recordOf } from './standing.ts'

/** The attempt the hub has to do while the run stands as it does; undefined when it is not the hub's turn. */
export function wantedOf(workflow: Workflow): DispatchKey | undefined {
  const { state, paused, feature_id } = workflow
  if (state.kind !== 'phase' || !state.hub || paused !== null) return undefined
  return { feature_id, phase: state.phase, attempt: recordOf(workflow, state.phase).attempt }
}

/** True when this attempt is over, by whatever ended it. One of a paused run is not: it goes on. */
export function isSuperseded({ workflow }: Run, { phase, attempt }: DispatchKey): boolean {
  const { state } = workflow
  return state.kind !== 'phase' || state.phase !== phase || recordOf(workflow, phase).attempt !== attempt
}

/** What to send because of this change: the attempt that is wanted now and was not wanted before. */
export function dispatchOf(before: Workflow | undefined, after: Workflow): DispatchKey | undefined {
  const wanted = wantedOf(after)
  const earlier = before && wantedOf(before)
  if (wanted === undefined) return undefined
  return earlier?.phase === wanted.phase && earlier.attempt === wanted.attempt ? undefined : wanted
}

/** The same for every try of one attempt, and for no other. */
export function idempotencyKeyOf({ feature_id, phase, attempt }: DispatchKey): string {
  return `workflow:${feature_id}:${phase + 1}:${attempt}`
}
