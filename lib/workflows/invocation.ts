/** What the hub is told about an attempt, and what of its reply is kept as the phase's result. */
import type { Brief, Run } from './model.ts'
import { textOf } from './notes.ts'
import type { DispatchKey, Invocation, Invoked, WorkflowStore } from './ports.ts'
import { recordOf } from './standing.ts'

interface Known {
  readonly brief: Brief
  readonly results: ReadonlyMap<string, unknown>
}

/** The invocation of an attempt: the feature, what the phases before made of it, and why it is not the first attempt. */
export async function invocationOf(
  store: Pick<WorkflowStore, 'text'>,
  { workflow, definition }: Run,
  { feature_id, phase, attempt }: DispatchKey,
  { brief, results }: Known,
): Promise<Invocation> {
  const defined = definition.phases[phase]
  const reason = await textOf(store, feature_id, recordOf(workflow, phase).reason)
  const earlier = definition.phases.slice(0, phase).map(({ name }, at) => {
    return { phase: name, result: results.get(recordOf(workflow, at).result ?? '') ?? null }
  })
  return {
    agent: defined?.agent ?? 'architecture',
    workflow_type: defined?.workflow_type ?? 'implement',
    context: { feature_id, description: brief.description, ...brief.context, previous_results: earlier },
    parameters: { phase: defined?.name ?? '', attempt, ...(reason !== null && { rework_reason: reason }) },
    session_id: `workflow:${feature_id}`,
  }
}

export function resultOf({ result, confidence, metadata, escalation_id }: Invoked): Readonly<Record<string, unknown>> {
  return { ...result, confidence, metadata, ...(escalation_id !== null && { escalation_id }) }
}
