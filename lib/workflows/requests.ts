/** A request as an event of the machine, its texts kept first. */
import { canonical, digestOf } from './digest.ts'
import type { EventName, Note, Run, WorkflowEvent } from './model.ts'
import { noteOf } from './notes.ts'
import type { WorkflowStore } from './ports.ts'
import { allowedEvents } from './standing.ts'

export interface Said {
  readonly event: EventName
  readonly actor: string
  /** Any JSON; undefined for none. */
  readonly result?: unknown
  readonly reason?: string | undefined
  readonly evidence?: string | undefined
}

type Texts = Pick<WorkflowStore, 'keepText'>

/** The event of what was said. What would be refused anyway keeps no text. */
export async function eventOf(store: Texts, { workflow }: Run, said: Said): Promise<WorkflowEvent> {
  const { event, actor, evidence = '' } = said
  const counts = allowedEvents(workflow).includes(event)
  const keeper: Texts = counts ? store : { keepText: async () => undefined }
  const noteFor = (text: string): Promise<Note> => noteOf(keeper, workflow.feature_id, text)
  switch (event) {
    case 'start':
      return { kind: event, actor }
    case 'phase_complete':
      return { kind: event, actor, result: await kept(keeper, workflow.feature_id, said.result) }
    case 'phase_failed':
      return { kind: event, actor, reason: await noteFor(said.reason ?? 'The phase failed; no reason was given.') }
    case 'approve':
      return { kind: event, actor, evidence }
    case 'reject': {
      const reason = await noteFor(said.reason ?? 'Rejected without a reason.')
      return said.evidence === undefined ? { kind: event, actor, reason } : { kind: event, actor, reason, evidence }
    }
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'retry':
      return { kind: event, actor, reason: said.reason === undefined ? null : await noteFor(said.reason) }
  }
}

/** The digest of a result that is kept now; null when there is none. */
export async function kept(store: Texts, featureId: string, result: unknown): Promise<string | null> {
  if (result === undefined || result === null) return null
  const text = canonical(result)
  const digest = digestOf(text)
  await store.keepText(featureId, digest, text)
  return digest
}
