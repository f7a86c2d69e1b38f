/** What becomes of a job: every change of its life, as plain values in and out. */
import type { Instant } from '#lib/clock'
import type {
  Body,
  Counts,
  Ended,
  Finish,
  FinishedOutcome,
  IssueFacts,
  Job,
  JobKey,
  JobState,
  Lease,
  LeasedJob,
  Previous,
  ReportKind,
  Review,
  Stated,
  Usage,
} from './model.ts'
import { reaches } from './spending.ts'

/*
 * A lease's life:
 *
 *   finished ──changes requested──▶ pending (same generation, fresh budgets)
 *
 *   leased ──heartbeat──▶ leased (later expiry, same token), or finished when its budget is spent
 *     ├── completed ────▶ finished
 *     ├── failed ───────▶ pending, or finished at the last attempt
 *     ├── rate_limited, infrastructure, released ─▶ pending (no attempt consumed)
 *     ├── withdrawn ────▶ finished (the worker hears it at its next heartbeat)
 *     └── expires_at passes, nobody reports ─▶ pending, or finished when too many workers were lost
 */

export interface Policy {
  /** How long a lease lasts without a heartbeat, ms. */
  readonly leaseMs: number
  /** Real failures until the job is given up. */
  readonly maxAttempts: number
  /** Silent workers until the job is given up. */
  readonly maxWorkersLost: number
  /** `rate_limited` and `infrastructure` reports until the job is given up. */
  readonly maxPostponed: number
  /** Wait before a failed job may be tried again, ms. */
  readonly retryDelayMs: number
  /** Dollars a job may cost in one generation; undefined when nobody counts. */
  readonly usdPerJob?: number | undefined
}

/** Who caused a change and when. */
export interface Occasion {
  readonly now: Instant
  readonly correlation_id: string
}

export interface Outcome {
  readonly kind: ReportKind
  readonly pr_url: string | null
  readonly error: string | null
  readonly usage: Stated
}

export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
const NO_REVIEW: Review = { verdict: null, at: 0, id: 0, rounds: 0 }
const NO_COUNTS: Counts = { failures: 0, workers_lost: 0, postponed: 0 }
/** A postponed job waits half a minute, then twice as long each time, at most a quarter of an hour. */
const POSTPONE_MS = 30_000
const POSTPONE_MAX_MS = 900_000

/** A job as it enters the queue for the first time. */
export function opened(key: JobKey, facts: IssueFacts, body: Body, on: Occasion): Job {
  return {
    key,
    generation: 1,
    facts,
    body,
    state: { kind: 'pending', not_before: on.now },
    token: 0,
    counts: NO_COUNTS,
    previous: null,
    ended: null,
    review: NO_REVIEW,
    usage: NO_USAGE,
    usd_before: 0,
    queued_at: on.now,
    changed_at: on.now,
    version: 1,
    seq: 1,
    correlation_id: on.correlation_id,
  }
}

/** The finished job wanted anew: fresh budgets, the token goes on rising. */
export function reopened(job: Job, facts: IssueFacts, body: Body, on: Occasion): Job {
  const state: JobState = { kind: 'pending', not_before: on.now }
  const review: Review = { ...job.review, verdict: null, rounds: 0 }
  const usd_before = job.usage.cost_usd
  const { news: _, ...known } = job
  const fresh = {
    generation: job.generation + 1,
    counts: NO_COUNTS,
    usd_before,
    facts,
    body,
    review,
    queued_at: on.now,
  }
  return changed({ ...known, ...fresh, previous: previousOf(job) }, state, on)
}

/**
 * The job with what its issue says now. A worker goes on with what it was given: for a leased job the news is kept beside,
 * is not worth telling, and holds from the moment the job is pending again.
 */
export function refreshed(job: Job, facts: IssueFacts, body: Body, on: Occasion): Job {
  if (job.state.kind === 'pending') return changed({ ...job, facts, body }, job.state, on)
  return { ...changed({ ...job, news: { facts, body } }, job.state, on), seq: job.seq }
}

/** The job as its issue reads now, whether or not its worker was given that. */
export function asItReads(job: Job): Job {
  const { news, ...rest } = job
  return news === undefined ? job : { ...rest, ...news }
}

export function leased(job: Job, worker: string, policy: Policy, on: Occasion): LeasedJob {
  const token = job.token + 1
  const lease = { worker, token, leased_at: on.now, expires_at: on.now + policy.leaseMs, renewed_at: on.now }
  const state = { kind: 'leased', lease } as const
  return { ...changed({ ...job, token }, state, on), state }
}

/**
 * The lease prolonged; finished instead when the usage reaches the job's budget. Not a change worth telling, unless it had
 * run out already. Never shortens a lease.
 */
export function renewed(job: Job, policy: Policy, usage: Stated, on: Occasion): Job {
  if (job.state.kind !== 'leased') return job
  const taken = takenBack(job, job.state.lease, usage)
  const spent = overspent(taken, policy)
  if (spent !== undefined) return outOfMoney(taken, spent, on)
  const { lease } = job.state
  const late = on.now >= lease.expires_at
  const expires_at = Math.max(lease.expires_at, on.now + policy.leaseMs)
  const told = { ...lease, ...toldOf(job, lease, usage), expires_at, renewed_at: on.now }
  const next = { ...changed(job, { kind: 'leased', lease: told }, on), usage: taken.usage }
  return late ? next : { ...next, seq: job.seq }
}

/** The lease taken back because the day's money is spent: no attempt is consumed. For good when the job's is, too. */
export function halted(job: Job, policy: Policy, usage: Stated, on: Occasion): Job {
  if (job.state.kind !== 'leased') return job
  const base = takenBack(job, job.state.lease, usage)
  const spent = overspent(base, policy)
  return spent === undefined ? pendingAgain(base, job.previous, on.now, on) : outOfMoney(base, spent, on)
}

/** The lease ended by its holder's report. */
export function reported(job: Job, outcome: Outcome, policy: Policy, on: Occasion): Job {
  if (job.state.kind !== 'leased') return job
  const ended: Ended = { token: job.token, worker: job.state.lease.worker, report: outcome.kind }
  const base: Job = { ...job, ended, usage: sumOf(job.usage, newsIn(job, outcome.usage)) }
  const spent = outcome.kind === 'completed' ? undefined : overspent(base, policy)
  if (spent !== undefined) return outOfMoney(base, spent, on, outcome.pr_url)
  switch (outcome.kind) {
    case 'completed':
      return finished(unjudged(base), 'completed', { pr_url: outcome.pr_url, error: null }, on)
    case 'released':
      return pendingAgain(base, job.previous, on.now, on)
    case 'failed':
      return failedOnce(base, outcome, policy, on)
    case 'rate_limited':
    case 'infrastructure':
      return postponed(base, outcome, policy, on)
  }
}

/** The lease ended by silence. */
export function expired(job: Job, policy: Policy, on: Occasion): Job {
  if (job.state.kind !== 'leased') return job
  const { worker, token } = job.state.lease
  const counts = { ...job.counts, workers_lost: job.counts.workers_lost + 1 }
  const base: Job = { ...job, counts, ended: { token, worker, report: 'expired' } }
  const spent = overspent(base, policy)
  if (spent !== undefined) return outOfMoney(base, spent, on)
  if (counts.workers_lost < policy.maxWorkersLost) return pendingAgain(base, job.previous, on.now, on)
  const error = `${counts.workers_lost} workers were lost while they held this issue.`
  return finished(base, 'failed', { pr_url: null, error }, on)
}

/** The job taken off the queue: its issue was closed, unlabelled, or an operator cancelled it. */
export function withdrawn(job: Job, reason: string, on: Occasion): Job {
  return finished(job, 'withdrawn', { pr_url: null, error: reason }, on)
}

/** The finished job sent back by reviewers: the same generation and branch; a rework is no failure, so budgets are fresh. */
export function sentBack(job: Job, feedback: Body, word: Pick<Review, 'at' | 'id'>, on: Occasion): Job {
  if (job.state.kind !== 'finished') return job
  const review: Review = { ...word, verdict: 'changes_requested', rounds: job.review.rounds + 1 }
  const previous: Previous = { error: null, pr_url: job.state.finish.pr_url, feedback }
  return pendingAgain({ ...job, counts: NO_COUNTS, review }, previous, on.now, on)
}

/** The job with what became of its pull request. A rework that waits or runs ends by it. */
export function judged(job: Job, review: Review, on: Occasion): Job {
  if (job.state.kind === 'finished') return changed({ ...job, review }, job.state, on)
  return finished({ ...job, review }, 'completed', { pr_url: job.previous?.pr_url ?? null, error: null }, on)
}

/** The number of the attempt that runs now, or that comes next: 1 for the first. */
export function attemptOf(job: Job): number {
  return job.counts.failures + 1
}

/** Why the job may cost no more; undefined while it may. */
function overspent({ usage, usd_before }: Job, { usdPerJob }: Policy): string | undefined {
  const spent = usage.cost_usd - usd_before
  if (usdPerJob === undefined || !reaches(spent, usdPerJob)) return undefined
  return `The budget of ${usdPerJob} USD for this issue is spent: its work has cost ${spent.toFixed(2)} USD.`
}

function takenBack(job: Job, { worker, token }: Lease, usage: Stated): Job {
  return { ...job, ended: { token, worker, report: 'budget' }, usage: sumOf(job.usage, newsIn(job, usage)) }
}

/** What a statement adds to the sum: all of it, or what lies beyond what the lease has stated before. Never less than 0. */
export function newsIn({ state }: Pick<Job, 'state'>, stated: Stated): Usage {
  if (stated.since !== 'lease') return stated
  const used = (state.kind === 'leased' && state.lease.used) || NO_USAGE
  return {
    input_tokens: Math.max(0, stated.input_tokens - used.input_tokens),
    output_tokens: Math.max(0, stated.output_tokens - used.output_tokens),
    cost_usd: Math.max(0, stated.cost_usd - used.cost_usd),
    seconds: Math.max(0, stated.seconds - used.seconds),
  }
}

/** What the lease has stated by now; nothing is kept for workers that state what is new themselves. */
function toldOf(job: Job, { used = NO_USAGE }: Lease, stated: Stated): Pick<Lease, 'used'> {
  return stated.since === 'lease' ? { used: sumOf(used, newsIn(job, stated)) } : {}
}

function outOfMoney(job: Job, error: string, on: Occasion, pr_url: string | null = null): Job {
  return finished(job, 'failed', { pr_url, error, reason: 'budget' }, on)
}

function failedOnce(job: Job, outcome: Outcome, policy: Policy, on: Occasion): Job {
  const counts = { ...job.counts, failures: job.counts.failures + 1 }
  const { error, pr_url } = outcome
  if (counts.failures >= policy.maxAttempts) return finished({ ...job, counts }, 'failed', { pr_url, error }, on)
  return pendingAgain({ ...job, counts }, previousTo(job, outcome), on.now + policy.retryDelayMs, on)
}

function postponed(job: Job, outcome: Outcome, policy: Policy, on: Occasion): Job {
  const counts = { ...job.counts, postponed: job.counts.postponed + 1 }
  const { error, pr_url } = outcome
  if (counts.postponed >= policy.maxPostponed) return finished({ ...job, counts }, 'failed', { pr_url, error }, on)
  const delay = Math.min(POSTPONE_MAX_MS, POSTPONE_MS * 2 ** (counts.postponed - 1))
  return pendingAgain({ ...job, counts }, previousTo(job, outcome), on.now + delay, on)
}

/** What the next attempt is told; what reviewers asked for stands until it is done. */
function previousTo({ previous }: Job, { error, pr_url }: Outcome): Previous {
  const feedback = previous?.feedback ?? null
  return { error, pr_url: pr_url ?? (feedback && previous?.pr_url) ?? null, feedback }
}

function unjudged(job: Job): Job {
  return job.review.verdict === null ? job : { ...job, review: { ...job.review, verdict: null } }
}

function pendingAgain(job: Job, previous: Previous | null, not_before: Instant, on: Occasion): Job {
  return changed({ ...asItReads(job), previous }, { kind: 'pending', not_before }, on)
}

function finished(job: Job, outcome: FinishedOutcome, result: Omit<Finish, 'outcome' | 'at'>, on: Occasion): Job {
  return changed(job, { kind: 'finished', finish: { outcome, at: on.now, ...result } }, on)
}

/** Time never runs backwards within a job, whatever the clock of the process that writes. */
function changed(job: Job, state: JobState, on: Occasion): Job {
  const changed_at = Math.max(job.changed_at, on.now)
  return { ...job, state, changed_at, version: job.version + 1, seq: job.seq + 1, correlation_id: on.correlation_id }
}

function previousOf(job: Job): Previous | null {
  if (job.state.kind !== 'finished') return job.previous
  const { error, pr_url } = job.state.finish
  return error === null && pr_url === null ? job.previous : { error, pr_url, feedback: null }
}

function sumOf(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cost_usd: a.cost_usd + b.cost_usd,
    seconds: a.seconds + b.seconds,
  }
}
