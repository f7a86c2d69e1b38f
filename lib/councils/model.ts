/** The words of a council: agents, tasks, runs and what each stage of a run leaves behind. Plain values, no behaviour. */
export const AGENT_KINDS = ['anthropic', 'openai', 'http', 'offline'] as const
export type AgentKind = (typeof AGENT_KINDS)[number]

/** An agent as it is registered. Secrets are never part of it: they come from the configuration of its kind. */
export interface AgentEntry {
  readonly agent_id: string
  /** As it was given; councils are found by it without regard to case. */
  readonly role: string
  readonly kind: AgentKind
  readonly model: string
  readonly endpoint: string | null
  /** 0…2. */
  readonly temperature: number
  readonly max_tokens: number
  readonly capabilities: Capabilities
  readonly metadata: Readonly<Record<string, string>>
}

export interface Capabilities {
  readonly supported_tasks: readonly string[]
  readonly model_profile: string
  readonly max_concurrent_tasks: number
  readonly languages: readonly string[]
}

/** What is asked of a council. Every text in it is untrusted. */
export interface Task {
  readonly description: string
  readonly role: string
  readonly rubric: string
  readonly requirements: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
}

export interface Tokens {
  readonly input_tokens: number
  readonly output_tokens: number
}

/** What one call of an agent cost, and by which model it was answered in the end (a fallback may have stepped in). */
export interface Spending extends Tokens {
  readonly cost_usd: number
  readonly model: string
  /** Wall time of the call, ms. */
  readonly ms: number
}

/** A reviewer's word on one anonymous proposal. */
export interface Review {
  /** The proposal's number in this reviewer's own shuffle, 1…n. */
  readonly proposal: number
  /** 0…1 per dimension of the rubric. */
  readonly scores: Readonly<Record<string, number>>
  readonly critique: string
}

/**
 * Why an agent gave nothing at a stage. `quota_exhausted`: the vendor's quota or credit is used up, a person has to act;
 * `truncated`: the answer was cut off at its limit of tokens before it was of use.
 */
export const FAILURE_KINDS = [
  'timeout',
  'rate_limited',
  'quota_exhausted',
  'unavailable',
  'malformed',
  'too_large',
  'truncated',
  'refused',
  'budget',
  'cancelled',
] as const
export type FailureKind = (typeof FAILURE_KINDS)[number]

export interface Failure {
  readonly kind: FailureKind
  readonly message: string
}

/** What makes an answer that stands less than what was asked for. */
export const MARK_KINDS = ['truncated', 'fallback_model', 'void_review'] as const
export type MarkKind = (typeof MARK_KINDS)[number]

/** A mark on an agent's answer: `truncated` (cut at its limit), `fallback_model` (another model answered), `void_review`. */
export interface Mark {
  readonly kind: MarkKind
  readonly message: string
}

export interface CheckResult {
  readonly check_type: string
  readonly passed: boolean
  /** 0…1. */
  readonly score: number
  readonly message: string
  readonly details: Readonly<Record<string, string>>
}

export interface CheckSuite {
  readonly policy: { readonly passed: boolean; readonly violations: readonly string[]; readonly message: string }
  readonly lint: {
    readonly passed: boolean
    readonly error_count: number
    readonly warning_count: number
    readonly errors: readonly string[]
  }
  readonly dryrun: {
    readonly passed: boolean
    readonly output: string
    readonly exit_code: number
    readonly message: string
  }
  readonly additional_checks: readonly CheckResult[]
  readonly all_passed: boolean
  /** Checks that gave up before they could judge (too costly, broken); they have not passed. Missing: none. */
  readonly unjudged?: readonly CheckName[] | undefined
}

export const CHECK_NAMES = ['policy', 'lint', 'dryrun'] as const
export type CheckName = (typeof CHECK_NAMES)[number]

/** Tokens and money a run (or a day) may use; null: no bound. */
export interface Budget {
  readonly tokens: number | null
  readonly usd: number | null
}
