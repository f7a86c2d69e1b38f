/** What councils ask of the world: agents that answer, and checks that run. Stores are in store-ports.ts. */
import type { AgentEntry, CheckSuite, Failure, Mark, Review, Spending, Task } from './model.ts'

/** How long an agent may take, and how it is told that nobody waits any more. */
export interface CallOptions {
  readonly signal: AbortSignal
  /** When the answer must be there, ms since 1970. */
  readonly deadline: number
  /** The same for every try of this very call, (execution, stage, round, agent): a vendor that deduplicates bills it once. */
  readonly key: string
  /**
   * Whose time the deadline is: `call_time` is what we give every call, so that silence until then is the other side's
   * fault; any other deadline is the caller's own and says nothing about the other side.
   */
  readonly limit?: 'call_time' | 'caller'
  /**
   * Reserves so many more tokens of the budget for asking once more with a higher limit; false when they are not there.
   * Missing: there is no budget.
   */
  readonly reserve?: (tokens: number) => boolean
}

/** An agent's answer with its cost, or a failure with what it cost all the same. Agents never throw for what vendors do. */
export type Spoken<T> =
  | ({ readonly kind: 'spoken'; readonly value: T; readonly spending: Spending } & Marked)
  | ({ readonly kind: 'failed'; readonly failure: Failure; readonly spending: Spending | null } & Marked)

/** Missing: nothing is to be said of the answer. */
interface Marked {
  readonly marks?: readonly Mark[] | undefined
}

/** A proposal as reviewers see it: a number of their own shuffle and the text, never the author. */
export interface Anonymous {
  readonly proposal: number
  readonly content: string
}

/** A candidate as the architect sees it: anonymous, with what the checks and the peers said. */
export interface Candidate {
  readonly candidate: number
  readonly content: string
  readonly checks: CheckSuite
  readonly score: number
}

export interface Judgement {
  /** The number of the chosen candidate. */
  readonly candidate: number
  readonly reason: string
}

/**
 * One agent of a council. Prompts, fencing of untrusted text, structured output and its one repeat when malformed, retries,
 * rate limit, breaker and fallback are its own matter; budget, deadline, quorum and storage are the runner's.
 */
export interface Agent {
  readonly entry: AgentEntry
  propose(task: Task, call: CallOptions): Promise<Spoken<string>>
  /** Reviews for each of `proposals`; those the agent left out or gave invalid scores for are missing. */
  review(task: Task, proposals: readonly Anonymous[], call: CallOptions): Promise<Spoken<readonly Review[]>>
  /** The author's own text made better by the critiques of its reviewers. */
  revise(task: Task, own: string, critiques: readonly string[], call: CallOptions): Promise<Spoken<string>>
  judge(task: Task, candidates: readonly Candidate[], call: CallOptions): Promise<Spoken<Judgement>>
}

/** Makes the agent of an entry. Throws AppError `invalid` when its kind is not configured (no key, no endpoint). */
export interface Agents {
  of(entry: AgentEntry): Agent
}

/** Checks that really run over a proposal: lint, dry-run, policy. Deterministic; bounded in time and size. */
export interface Checks {
  run(task: Task, content: string): Promise<CheckSuite>
}

/** Rings once after `ms` unless it is called off by what it returns. Injected, so that tests never wait. */
export type Alarm = (ms: number, ring: () => void) => () => void
