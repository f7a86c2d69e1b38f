/** What workflows ask of the world: a store of runs and what hangs on them, and the agent hub. */
import type { Instant } from '#lib/clock'
import type { Definition, Topic } from './definition.ts'
import type { DefinitionRef, HistoryEntry, Workflow } from './model.ts'

/** A write that met its condition, or what stood in the way. */
export type Saved = { readonly kind: 'saved' } | { readonly kind: 'stale'; readonly current: Workflow | undefined }

export interface Slice<T> {
  readonly items: readonly T[]
  readonly cursor?: string
}

export const FINAL_STATES = ['DONE', 'FAILED', 'CANCELLED'] as const
export type FinalState = (typeof FINAL_STATES)[number]
/** A shelf of the list: all that is under way, or all that ended one way. */
export type Shelf = 'active' | FinalState

/** A place in a list: which run stands there, since when, and what it follows. */
export interface Card {
  readonly feature_id: string
  readonly definition: string
  /** When it was started, on the active shelf; when it ended, on the others. */
  readonly at: Instant
}

/**
 * Where runs live. A run's record is small and written as a whole, once per transition, with the newest history entry
 * inside. An entry is copied to a place of its own before the next one takes its place, so that none is ever missing.
 */
export interface WorkflowStore {
  /** Strongly consistent. */
  find(featureId: string): Promise<Workflow | undefined>
  findMany(featureIds: readonly string[]): Promise<readonly Workflow[]>
  /** Refused when a run of this feature stands already. */
  create(workflow: Workflow): Promise<Saved>
  /** 2 write units: the entry of `before`, then `after` on the condition that the run is still at `before`'s version. */
  save(after: Workflow, before: Workflow): Promise<Saved>
  /** Entries in order, those after seq `after`, at most `limit`; without the newest, which is in the run itself. */
  history(featureId: string, after: number, limit: number): Promise<readonly HistoryEntry[]>
  /** The newest entries but the very last, newest first. */
  recent(featureId: string, limit: number): Promise<readonly HistoryEntry[]>
  /** Keeps a text under its digest. Safe to repeat. */
  keepText(featureId: string, digest: string, text: string): Promise<void>
  /** Strongly consistent. Throws when there is none: a digest is only ever written after its text. */
  text(featureId: string, digest: string): Promise<string>
  /** Newest first. */
  cards(shelf: Shelf, limit: number, cursor?: string): Promise<Slice<Card>>
  /** Puts the run's card where it belongs and takes it off the active shelf when it is over. */
  shelve(workflow: Workflow): Promise<void>
  /** Takes a card off that leads nowhere. */
  discard(shelf: Shelf, card: Card): Promise<void>
  /** Remembers which feature a run's id belongs to; false when the id is taken. */
  nameRun(id: string, featureId: string): Promise<void>
  featureOf(id: string): Promise<string | undefined>
}

/** Definitions as they were when runs were pinned to them: never changed, never removed. */
export interface DefinitionStore {
  /** The definition kept under this name and version: the given one if there was none yet. */
  keep(definition: Definition): Promise<Definition>
  find(ref: DefinitionRef): Promise<Definition | undefined>
}

/** How many runs stand in each state; a moment behind. */
export type WorkflowCounts = Readonly<Record<string, number>>

// ---- dispatches ----------------------------------------------------------------------------------------------------

/** One attempt of one phase, on its way to the hub and back. */
export interface DispatchKey {
  readonly feature_id: string
  readonly phase: number
  readonly attempt: number
}

/** How an attempt at the hub ended. */
export type Verdict =
  | { readonly kind: 'complete'; readonly result: string }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The expert is not sure enough, and no gate follows where somebody would look: a human decides. */
  | { readonly kind: 'pending_human'; readonly result: string; readonly escalation_id: string | null }

/** What is known of a dispatch besides the run itself. */
export interface DispatchRecord {
  readonly key: DispatchKey
  /** `running` until `until` at the latest; `waiting` for the next try at `until`; `answered` for good. */
  readonly state: 'running' | 'waiting' | 'answered'
  readonly until: Instant
  /** Tries begun. */
  readonly tries: number
  readonly error: string | null
  readonly verdict: Verdict | null
  readonly version: number
}

export interface DispatchStore {
  find(key: DispatchKey): Promise<DispatchRecord | undefined>
  findMany(keys: readonly DispatchKey[]): Promise<readonly DispatchRecord[]>
  /** Stores `record` as one version above what it was read at; false when somebody else was quicker. */
  save(record: DispatchRecord): Promise<boolean>
}

// ---- consultations -------------------------------------------------------------------------------------------------

export const CONSULTATION_STATES = ['asked', 'resolved', 'pending_human', 'needs_reroute'] as const
export type ConsultationState = (typeof CONSULTATION_STATES)[number]
export const HUMAN_ACTIONS = ['confirm', 'correct', 'add_context'] as const
export type HumanAction = (typeof HUMAN_ACTIONS)[number]

/** A question to an expert of the hub, and what came of it. */
export interface Consultation {
  readonly feature_id: string
  readonly id: string
  readonly topic: Topic
  readonly question: string
  readonly context: string
  readonly asked_by: string
  readonly asked_at: Instant
  readonly state: ConsultationState
  readonly answer: string | null
  readonly rationale: string | null
  readonly confidence: number | null
  readonly uncertainty_reasons: readonly string[]
  /** The escalation at the hub, or our own id for one where the hub made none. */
  readonly escalation_id: string | null
  readonly human: HumanAnswer | null
  readonly answered_at: Instant | null
  readonly version: number
}

export interface HumanAnswer {
  readonly action: HumanAction
  readonly response: string | null
  readonly responder: string
  readonly at: Instant
}

export interface ConsultationStore {
  find(featureId: string, id: string): Promise<Consultation | undefined>
  /** All of a run, oldest first. */
  all(featureId: string): Promise<readonly Consultation[]>
  /** Stores it as one version above what it was read at (0: not there yet); false when somebody was quicker. */
  save(consultation: Consultation): Promise<boolean>
}

// ---- the agent hub -------------------------------------------------------------------------------------------------

export interface CallOptions {
  /** Ends the call: its answer is not wanted any more. */
  readonly signal?: AbortSignal
  /** The same for every try of the same thing: the hub does it once. */
  readonly idempotencyKey: string
  /** Milliseconds this call may take, all its tries together. */
  readonly deadlineMs: number
}

export interface Invocation {
  readonly agent: Topic
  readonly workflow_type: string
  readonly context: Readonly<Record<string, unknown>>
  readonly parameters: Readonly<Record<string, unknown>>
  readonly session_id: string
}

export interface Invoked {
  readonly kind: 'answer'
  readonly success: boolean
  /** output, files_created, files_read, uncertainty_reasons, data: as far as the hub gave them. */
  readonly result: Readonly<Record<string, unknown>>
  /** 0–100. */
  readonly confidence: number
  readonly metadata: Readonly<Record<string, unknown>>
  readonly error: string | null
  readonly escalation_id: string | null
}

export interface Question {
  readonly topic: Topic
  readonly question: string
  readonly feature_id: string
  readonly context: string
  readonly session_id: string
}

export interface Asked {
  readonly kind: 'answer'
  readonly answer: string
  readonly rationale: string
  readonly confidence: number
  readonly uncertainty_reasons: readonly string[]
  readonly status: 'resolved' | 'pending_human' | 'needs_reroute'
  readonly escalation_id: string | null
}

/** The hub answered, and its answer is no use: it refused the request, or said something nobody can read. */
export interface Unusable {
  readonly kind: 'unusable'
  readonly message: string
}

/** The agent hub. Throws `upstream_unavailable` (`details.service = 'agent_hub'`) while it is out of reach. */
export interface AgentHub {
  invoke(invocation: Invocation, options: CallOptions): Promise<Invoked | Unusable>
  ask(question: Question, options: CallOptions): Promise<Asked | Unusable>
  /** Tells the hub what a human said to one of its escalations. */
  answerEscalation(id: string, answer: Omit<HumanAnswer, 'at'>, options: CallOptions): Promise<void>
  health(): Promise<{ readonly status: string; readonly version: string; readonly connected_agents: readonly string[] }>
}
