/** What a council service offers: the same words for gRPC and HTTP. Names of fields are those of the wire. */
import type { Instant } from '#lib/clock'
import type { Capabilities, CheckSuite, Task } from './model.ts'
import type { OpenRuns } from './unfinished.ts'

/** Who asks, for how long, and how to be told that nobody waits any more. */
export interface Asking {
  readonly correlation_id: string
  /** The caller's deadline, ms since 1970; undefined when there is none. */
  readonly deadline?: Instant | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Constraints {
  readonly rubric: string
  readonly requirements: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly max_iterations: number
  /** 0: no bound but the service's own. */
  readonly timeout_seconds: number
}

/** Already validated in shape; bounds of the contract (rounds, agents, role, text) are judged by the service. */
export interface DeliberateRequest {
  readonly task_description: string
  readonly role: string
  readonly constraints: Constraints
  /** 0: the default, 1. */
  readonly rounds: number
  /** 0: the default, 3 or as many as the council has. */
  readonly num_agents: number
}

export interface OrchestrateRequest {
  readonly task_id: string
  readonly task_description: string
  readonly role: string
  readonly constraints: Constraints
  /** Options that say nothing at all (each the default of proto3) are none: there is a review, and the architect selects. */
  readonly options: {
    readonly enable_peer_review: boolean
    readonly deliberation_rounds: number
    readonly enable_architect_selection: boolean
    /** `num_agents` (default: the whole council) and `top_k` (how many the architect is shown, default 3) are read. */
    readonly custom_params: Readonly<Record<string, string>>
  }
  readonly case_id: string
  readonly story_id: string
  readonly plan_id: string
  readonly context_options: Readonly<Record<string, unknown>>
}

export interface Proposal {
  readonly author_id: string
  readonly author_role: string
  readonly content: string
  readonly created_at_ms: number
  readonly revisions: readonly string[]
}

export interface DeliberationResult {
  readonly proposal: Proposal
  readonly checks: CheckSuite
  readonly score: number
  readonly rank: number
}

export interface Metadata {
  /** "0.1.0", as the seed's; this build's own version is among the tags. */
  readonly orchestrator_version: string
  readonly timestamp_ms: number
  /** Exactly 16 characters. */
  readonly execution_id: string
  readonly tags: Readonly<Record<string, string>>
}

export interface DeliberateResponse {
  readonly results: readonly DeliberationResult[]
  readonly winner_id: string
  readonly duration_ms: number
  readonly metadata: Metadata
}

export interface OrchestrateResponse {
  readonly winner: DeliberationResult
  readonly candidates: readonly DeliberationResult[]
  readonly execution_id: string
  readonly duration_ms: number
  readonly metadata: Metadata
}

export const RUN_STATES = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'TIMEOUT'] as const
export type RunState = (typeof RUN_STATES)[number]

export interface StoredDeliberation {
  readonly task_id: string
  readonly execution_id: string
  readonly role: string
  readonly status: RunState
  /** `DEGRADED` where the run is completed but not whole, else the status again. */
  readonly status_detail: RunState | 'DEGRADED'
  readonly degraded: boolean
  /** What a reader of the result has to know, one sentence each. */
  readonly warnings: readonly string[]
  readonly results: readonly DeliberationResult[]
  readonly winner_id: string
  readonly duration_ms: number
  readonly error_message: string
  readonly metadata: Metadata
}

export interface Update {
  readonly status: 'generating' | 'reviewing' | 'scoring' | 'complete'
  readonly progress_percent: number
  readonly current_step: string
  readonly current_agent: string
  readonly partial_result: DeliberationResult | null
}

/** One thing that happened in a run, in order: a proposal, review, revision, vote, check or failure. */
export interface TranscriptEntry {
  readonly stage: 'propose' | 'review' | 'revise' | 'check' | 'score' | 'judge'
  readonly round: number
  readonly agent_id: string
  readonly at: string
  readonly output: unknown
}

export interface Transcript {
  readonly execution_id: string
  readonly task: Task
  /** As of the run: see StoredDeliberation. */
  readonly degraded: boolean
  readonly warnings: readonly string[]
  readonly entries: readonly TranscriptEntry[]
}

export interface Recount {
  readonly execution_id: string
  readonly stored: readonly string[]
  readonly recounted: readonly string[]
  readonly agrees: boolean
}

export interface Stats {
  readonly total_deliberations: number
  readonly total_orchestrations: number
  readonly avg_deliberation_time_ms: number
  readonly active_councils: number
  readonly role_counts: Readonly<Record<string, number>>
}

export interface AgentInfo {
  readonly agent_id: string
  readonly role: string
  readonly status: string
  readonly capabilities: Capabilities
}

export interface CouncilInfo {
  readonly council_id: string
  readonly role: string
  readonly num_agents: number
  readonly agents: readonly AgentInfo[]
  readonly status: string
  readonly model: string
}

export interface CreateCouncilRequest {
  readonly role: string
  readonly num_agents: number
  readonly config: {
    readonly deliberation_rounds: number
    /** Not read: proto3 cannot tell `false` from nothing said, and a council without reviews is one of 0 rounds nobody asked for. */
    readonly enable_peer_review: boolean
    readonly model_profile: string
    /** `model`, `endpoint`, `temperature` and `max_tokens` are read. */
    readonly custom_params: Readonly<Record<string, string>>
    readonly agent_type: string
  }
}

export interface RegisterAgentRequest {
  readonly agent_id: string
  readonly role: string
  readonly capabilities: Capabilities
  readonly endpoint: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Metrics {
  readonly performance?: {
    readonly avg_deliberation_ms: number
    readonly avg_orchestration_ms: number
    readonly p50_latency_ms: number
    readonly p95_latency_ms: number
    readonly p99_latency_ms: number
  }
  readonly agents?: {
    readonly total_agents: number
    readonly active_agents: number
    readonly agents_per_role: Readonly<Record<string, number>>
    readonly avg_agent_response_time_ms: number
  }
  readonly councils?: {
    readonly total_councils: number
    readonly active_councils: number
    readonly health_per_council: Readonly<
      Record<string, { status: string; available_agents: number; busy_agents: number; success_rate: number }>
    >
  }
}

/**
 * The service. It throws CouncilError (errors.ts) for every outcome that the contract's table of status codes names; each
 * server maps its code. `begin…` stores the run before it answers, so that any process may carry it on.
 */
export interface Councils {
  deliberate(request: DeliberateRequest, asking: Asking): Promise<DeliberateResponse>
  /** As `deliberate`, telling each step; a caller who goes away ends the run with CANCELLED. */
  deliberateWatched(
    request: DeliberateRequest,
    asking: Asking,
    tell: (update: Update) => void,
  ): Promise<DeliberateResponse>
  orchestrate(request: OrchestrateRequest, asking: Asking): Promise<OrchestrateResponse>
  /** Stores the run and returns its id without running it: `resume` does the work. */
  submitDeliberation(request: DeliberateRequest, asking: Asking): Promise<{ readonly execution_id: string }>
  submitOrchestration(request: OrchestrateRequest, asking: Asking): Promise<{ readonly execution_id: string }>
  /**
   * Runs what is missing of a stored run, under the run's own lease; a run that is over or in other hands is left alone.
   * When `asking.signal` fires the run is let go, not cancelled: whoever resumes it next carries it on at once.
   */
  resume(executionId: string, asking: Asking): Promise<StoredDeliberation>
  /** Runs that were begun and whose holder went silent; what a process carries on at its start and a schedule now and then. */
  unfinished(limit: number): Promise<readonly string[]>
  /** The same, and how many runs are in hands that did not go silent yet. */
  openRuns(limit: number): Promise<OpenRuns>
  /** By task id or execution id. */
  result(id: string): Promise<StoredDeliberation>
  /** Newest first, without the texts: `results` is empty, the winner and the metadata are there. */
  list(query: { role?: string | undefined; limit: number; cursor?: string | undefined }): Promise<{
    readonly deliberations: readonly StoredDeliberation[]
    readonly next_cursor?: string
  }>
  transcript(executionId: string): Promise<Transcript>
  recount(executionId: string): Promise<Recount>
  stats(): Promise<Stats>
  metrics(type: 'performance' | 'agents' | 'councils' | 'all', rangeMs: number): Promise<Metrics>
  createCouncil(request: CreateCouncilRequest): Promise<{
    readonly council_id: string
    readonly agents_created: number
    readonly agent_ids: readonly string[]
  }>
  listCouncils(query: { role_filter: string; include_agents: boolean }): Promise<readonly CouncilInfo[]>
  deleteCouncil(role: string): Promise<{
    readonly success: boolean
    readonly message: string
    readonly agents_removed: number
  }>
  registerAgent(request: RegisterAgentRequest): Promise<{
    readonly success: boolean
    readonly message: string
    readonly council_id: string
  }>
  unregisterAgent(agentId: string, role: string): Promise<{ readonly success: boolean; readonly message: string }>
}
