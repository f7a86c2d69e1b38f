/** The words of the queue: what a job, a lease, a ticket and a worker are. Plain values. */
import type { Instant } from '#lib/clock'

/** `owner/repo`, lower-cased as GitHub compares them. */
export type Repository = string

/** What a job is known by. `number` is GitHub's issue number. */
export interface JobKey {
  readonly repository: Repository
  readonly number: number
}

/** From most to least urgent; the order of leasing, before age. */
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/** What an issue says, as the queue keeps it. Title and body are untrusted text. */
export interface IssueFacts {
  readonly title: string
  readonly labels: readonly string[]
  readonly priority: Priority
  /** GitHub login of the author and his tie to the repository, e.g. `MEMBER`, `NONE`. */
  readonly author: string
  readonly association: string
  readonly created_at: Instant
  readonly updated_at: Instant
  /** What must be closed before the issue may be leased; absent when nothing is left. */
  readonly waits?: Waits
  /** The files it declares, when its body is too long to travel with it; see files.ts. */
  readonly files?: readonly string[]
  /** Where it was queued before it was transferred, e.g. `acme/shop#7`; kept until it is read anew. */
  readonly came_from?: string
}

/** Why a job is held back. An issue is named `#7`, or `owner/repo#7` where it is of another repository. */
export interface Waits {
  /** Declared dependencies not known to be closed; never empty. */
  readonly on: readonly string[]
  /** Those of them that GitHub does not show: never there, deleted, transferred, or out of the token's sight. */
  readonly missing?: readonly string[]
  /** Issues that wait for each other in a circle, this one among them, each for the next and the last for the first. */
  readonly cycle?: readonly string[]
}

/** Tokens, money and time spent on a job, summed over its attempts. */
export interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
  readonly seconds: number
}

/** Usage as a report states it: since the last report, or all of its lease so far. */
export interface Stated extends Usage {
  readonly since?: 'lease' | undefined
}

/** The right of one worker to one job until `expires_at`. The token only ever rises for a job. */
export interface Lease {
  readonly worker: string
  readonly token: number
  readonly leased_at: Instant
  readonly expires_at: Instant
  readonly renewed_at: Instant
  /** What its worker has stated of this lease so far, counted in the job's usage already; absent while it stated nothing. */
  readonly used?: Usage | undefined
}

/** The job's three failure budgets, each spent on its own. */
export interface Counts {
  /** Attempts that ended in a real failure. */
  readonly failures: number
  /** Leases that ran out without a word from the worker. */
  readonly workers_lost: number
  /** `rate_limited` and `infrastructure` reports; they cost no attempt. */
  readonly postponed: number
}

export type FinishedOutcome = 'completed' | 'failed' | 'withdrawn'

/** How a job ended, and the report that ended it (absent when no report did). */
export interface Finish {
  readonly outcome: FinishedOutcome
  readonly at: Instant
  readonly pr_url: string | null
  readonly error: string | null
  /** Set when it ended because the money granted for it is spent. */
  readonly reason?: 'budget' | undefined
}

/** The lease that ended last and what its report was answered, so that a repeat gets the same answer. */
export interface Ended {
  readonly token: number
  readonly worker: string
  /** `budget`: taken back because money was spent, the issue's own or the day's. */
  readonly report: ReportKind | 'expired' | 'budget'
}

export type ReportKind = 'completed' | 'failed' | 'rate_limited' | 'infrastructure' | 'released'

/** Why the next attempt is not the first: what the one before left behind. */
export interface Previous {
  readonly error: string | null
  readonly pr_url: string | null
  /** What reviewers ask for, kept as bodies are: it can be long. */
  readonly feedback: Body | null
}

/** What people made of the pull request. `changes_requested` holds until the rework is completed. */
export type ReviewVerdict = 'approved' | 'changes_requested' | 'merged' | 'closed'

/** The newest word on a job's pull request that counted. */
export interface Review {
  /** Null before the first word, and again once a rework is completed. */
  readonly verdict: ReviewVerdict | null
  /** When that word was said and, for a review, GitHub's id of it. Whatever is not newer changes nothing. */
  readonly at: Instant
  readonly id: number
  /** How often this generation was sent back. */
  readonly rounds: number
}

export type JobState =
  | { readonly kind: 'pending'; readonly not_before: Instant }
  | { readonly kind: 'leased'; readonly lease: Lease }
  | { readonly kind: 'finished'; readonly finish: Finish }

/** One issue's journey. `generation` rises when a human asks for the work anew. */
export interface Job {
  readonly key: JobKey
  readonly generation: number
  readonly facts: IssueFacts
  /** The body when it is short; a longer one lives in an item of its own. */
  readonly body: Body
  /** What the issue says since it was leased: the worker goes on with what it was given, the next one is given this. */
  readonly news?: IssueNews
  readonly state: JobState
  /** The token of the newest lease, 0 before the first. */
  readonly token: number
  readonly counts: Counts
  readonly previous: Previous | null
  readonly ended: Ended | null
  readonly review: Review
  readonly usage: Usage
  /** Dollars of `usage` that went into earlier generations: a redrive grants the budget anew. */
  readonly usd_before: number
  readonly queued_at: Instant
  readonly changed_at: Instant
  /** Rises by one with each stored change; the condition of the next. */
  readonly version: number
  /** Rises by one with each change worth telling (a renewed lease is not), so that a listener sees gaps. */
  readonly seq: number
  /** The request that caused the newest change. */
  readonly correlation_id: string
}

/** A job that a worker holds, or held when it was read. */
export type LeasedJob = Job & { readonly state: Extract<JobState, { kind: 'leased' }> }

export function isLeased(job: Job): job is LeasedJob {
  return job.state.kind === 'leased'
}

/** An issue as it reads now, beside the job that was leased when it read otherwise. */
export interface IssueNews {
  readonly facts: IssueFacts
  readonly body: Body
}

/** `inline` text, or `apart`: stored once under the job's key and this revision. */
export type Body =
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'apart'; readonly revision: string; readonly bytes: number }

/** The lease that a worker was given last, or that it was about to be given. */
export interface Pointer {
  readonly key: JobKey
  readonly token: number
  /** The version that the job's record gets by this lease. */
  readonly version: number
  /** When the lease runs out if nobody renews it. */
  readonly expires_at: Instant
}

/** A worker as the queue knows it: when it called, and the lease it was last given. */
export interface WorkerRecord {
  readonly id: string
  readonly first_seen: Instant
  readonly last_seen: Instant
  /** Leases ever given to it. */
  readonly total_tasks: number
  /** What it said it can do, when it last asked. */
  readonly capabilities: readonly string[]
  /** Where it last asked from; null when that is not known. */
  readonly ip: string | null
  /** Written before the lease itself, so that no lease is without a pointer. */
  readonly pointer: Pointer | null
  /** What the last look at its host found; absent when no host is configured for it. */
  readonly check?: HostCheck
  /** When it last went or came back; absent while it never went. */
  readonly presence?: Presence
  readonly version: number
}

/** What a look at a worker's host found. `cut_off`: SSH does not reach it, but its worker went on calling. */
export interface HostCheck {
  readonly host: string
  readonly state: 'active' | 'inactive' | 'refused' | 'unreachable' | 'cut_off'
  readonly detail: string
  /** Since when the state is this one. */
  readonly since: Instant
  readonly at: Instant
  /** From then on it counts no more: nobody looks. */
  readonly valid_until: Instant
}

/** That a worker is gone, or is back. */
export interface Presence {
  readonly offline: boolean
  readonly since: Instant
  readonly reason: string | null
  /** Rises by one each time it goes or comes back. */
  readonly seq: number
  readonly correlation_id: string
}
