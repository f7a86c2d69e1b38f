/** A run of a council: what it was asked, who takes part, what each stage left behind, and how it ended. */
import type { Instant } from '#lib/clock'
import type { CouncilCode } from './errors.ts'
import type { AgentEntry, CheckSuite, Failure, Mark, Spending, Task } from './model.ts'

/** The stages that leave an output, in their order. */
export const STAGES = ['propose', 'review', 'revise', 'check', 'judge'] as const
export type Stage = (typeof STAGES)[number]

/** One output that a run needs. Proposals, checks and the judgement have round 0. */
export interface Step {
  readonly stage: Stage
  readonly round: number
  readonly agent_id: string
}

/** What one reviewer said about one proposal, the shuffle undone: `agent_id` is the author. */
export interface Vote {
  readonly agent_id: string
  /** The number that the reviewer saw. */
  readonly proposal: number
  readonly scores: Readonly<Record<string, number>>
  readonly critique: string
}

export type Said =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'votes'; readonly votes: readonly Vote[] }
  | { readonly kind: 'checks'; readonly suite: CheckSuite }
  | { readonly kind: 'choice'; readonly chosen: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** What a step left behind: stored once, never changed. */
export interface Output extends Step {
  readonly said: Said
  /** Null where nothing was paid. */
  readonly spending: Spending | null
  /** What its readers have to know of the answer; missing: nothing. */
  readonly marks?: readonly Mark[] | undefined
  readonly at: Instant
}

export type RunKind = 'deliberation' | 'orchestration'

/** Who works on the run, and until when nobody else may. The fence rises with each holder. */
export interface RunLease {
  readonly fence: number
  readonly holder: string
  readonly until: Instant
}

/** The parts of a score, 0…1 each; null where the run has no such votes at all. */
export interface Parts {
  readonly checks: number
  readonly peer_rank: number | null
  readonly rubric: number | null
}

export interface Ranked extends Parts {
  readonly agent_id: string
  readonly score: number
  /** 1…n. */
  readonly rank: number
  readonly policy_passed: boolean
}

export interface Decision {
  readonly ranking: readonly Ranked[]
  readonly winner_id: string
  readonly tags: Readonly<Record<string, string>>
  /** What a reader of the result has to know, one sentence each; missing in what was stored before there were any. */
  readonly warnings?: readonly string[] | undefined
}

export type Standing =
  | { readonly kind: 'open' }
  | { readonly kind: 'completed'; readonly at: Instant; readonly decision: Decision }
  | {
      readonly kind: 'failed'
      readonly at: Instant
      readonly code: CouncilCode
      readonly message: string
      readonly retry_after_ms: number | null
    }

/** The small record that is written when something begins or ends; texts live apart. */
export interface Run {
  /** 16 characters. */
  readonly execution_id: string
  /** The execution id again where the caller gave none. */
  readonly task_id: string
  readonly kind: RunKind
  /** As the council spells it. */
  readonly role: string
  /** Digest of everything that was asked. */
  readonly request: string
  readonly rounds: number
  readonly agents: number
  /** How many candidates the architect is shown. */
  readonly top_k: number
  /** What every shuffle of the run follows from. */
  readonly seed: string
  readonly created_at: Instant
  readonly deadline_at: Instant
  readonly correlation_id: string
  /** Fence 0: nobody has begun it yet. */
  readonly lease: RunLease
  readonly standing: Standing
}

/** What a run was asked and by whom it is answered, pinned when it begins: later changes of the council do not matter. */
export interface Brief {
  readonly task: Task
  readonly agents: readonly AgentEntry[]
  readonly judge: AgentEntry | null
  /** Where the task belongs (case, story, plan) and which context was wanted; kept for whoever reads the run. */
  readonly context: Readonly<Record<string, unknown>>
}

/** Everything of a run. `counted`: the waves (see `waveOf`) whose spending the day knows. */
export interface Loaded {
  readonly run: Run
  readonly brief: Brief
  readonly outputs: readonly Output[]
  readonly counted: readonly string[]
}

/** Steps of one stage and round go together: a wave. */
export function waveOf({ stage, round }: Pick<Step, 'stage' | 'round'>): string {
  return `${stage}-${round}`
}

/** The same for every try of a step, in whatever process. */
export function callKey(executionId: string, { stage, round, agent_id }: Step): string {
  return `${executionId}:${stage}:${round}:${agent_id}`
}
