/** The words of workflows: what a run, its phases, its gates and its history are. Plain values, no behaviour. */
import type { Instant } from '#lib/clock'
import type { Definition } from './definition.ts'

/** Text that travels with its item while it is short; a longer one is kept once, by its digest. */
export type Note =
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'apart'; readonly digest: string }

/** Where a run stands. `phase` counts from 0; a gate belongs to the phase before it. */
export type State =
  | { readonly kind: 'idle' }
  | PhaseState
  | GateState
  | { readonly kind: 'done' }
  /** `phase` is what `retry` reopens. */
  | { readonly kind: 'failed'; readonly phase: number }
  | { readonly kind: 'cancelled' }

export interface PhaseState {
  readonly kind: 'phase'
  readonly phase: number
  /** True when the agent hub does it, false when someone else reports the end. */
  readonly hub: boolean
  /** A retry waits until then. */
  readonly not_before: Instant
}

export interface GateState {
  readonly kind: 'gate'
  readonly phase: number
  readonly opened_at: Instant
  readonly deadline_at: Instant
  /** When expiry decides; null when it only reminds. */
  readonly expires_at: Instant | null
  /** When the next reminder is due. */
  readonly remind_at: Instant
  /** Who approved so far, each once. */
  readonly approvals: readonly string[]
}

/** What is known of one phase, over all its attempts. */
export interface PhaseRecord {
  /** 0 before the first. Rises with every rework and retry: one attempt is one piece of work for an agent. */
  readonly attempt: number
  /** Failures since the phase was entered or reopened; its retry policy's budget. */
  readonly failures: number
  /** Rejections since the run started or was reopened. */
  readonly rework: number
  readonly started_at: Instant | null
  readonly finished_at: Instant | null
  /** Digest of the newest result, null while there is none. */
  readonly result: string | null
  /** Who finished it; he may not approve it. */
  readonly by: string | null
  readonly error: Note | null
  /** Why the attempt before this one was not good enough. */
  readonly reason: Note | null
}

export interface Pause {
  readonly at: Instant
  readonly by: string
}

export const EVENTS = [
  'start',
  'phase_complete',
  'phase_failed',
  'approve',
  'reject',
  'pause',
  'resume',
  'cancel',
  'retry',
] as const
export type EventName = (typeof EVENTS)[number]
/** `remind` and `expire` come from the scheduled check alone. */
export type HistoryEvent = EventName | 'remind' | 'expire'

/** One transition as it is told for ever after. `seq` counts from 1 without gaps. */
export interface HistoryEntry {
  readonly seq: number
  readonly from: string
  readonly to: string
  readonly event: HistoryEvent
  readonly actor: string
  readonly at: Instant
  /** The attempt of the phase it concerns. */
  readonly attempt: number
  /** Digest of the phase result this event brought. */
  readonly result: string | null
  /** The evidence it decided on. */
  readonly evidence: string | null
  readonly reason: Note | null
}

export interface DefinitionRef {
  readonly name: string
  readonly version: number
}

/** One feature's way through its definition. */
export interface Workflow {
  readonly feature_id: string
  readonly id: string
  /** Pinned when the run starts. */
  readonly definition: DefinitionRef
  readonly state: State
  readonly phases: readonly PhaseRecord[]
  readonly paused: Pause | null
  /** Digest of description and context, which are kept apart. */
  readonly brief: string
  /** Digest of the request that started it: a repeat is told by it. */
  readonly request: string
  /** Rises by one with each transition; the condition of the next, and the seq of `last`. */
  readonly version: number
  readonly last: HistoryEntry
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly completed_at: Instant | null
  /** The request that caused the newest transition. */
  readonly correlation_id: string
}

/** A workflow with the definition it is pinned to. */
export interface Run {
  readonly workflow: Workflow
  readonly definition: Definition
}

/** The attempt of a phase that an event speaks of; an agent's late word on another is ignored. */
export interface AttemptRef {
  readonly phase: number
  readonly attempt: number
}

/** What can happen to a run. `actor` is who did it. */
export type WorkflowEvent =
  | { readonly kind: 'start'; readonly actor: string }
  | {
      readonly kind: 'phase_complete'
      readonly actor: string
      readonly result: string | null
      readonly of?: AttemptRef
    }
  | { readonly kind: 'phase_failed'; readonly actor: string; readonly reason: Note; readonly of?: AttemptRef }
  | { readonly kind: 'approve'; readonly actor: string; readonly evidence: string }
  | { readonly kind: 'reject'; readonly actor: string; readonly reason: Note; readonly evidence?: string }
  | { readonly kind: 'pause' | 'resume' | 'cancel' | 'retry'; readonly actor: string; readonly reason: Note | null }
  | { readonly kind: 'remind' | 'expire'; readonly actor: string }

export interface Brief {
  readonly description: string
  readonly context: Readonly<Record<string, unknown>>
}
