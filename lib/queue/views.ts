/** What callers see of jobs and workers: the field names are the wire contract. */
import { type Instant, toTimestamp } from '#lib/clock'
import { maskSecrets } from '#lib/secrets/secrets'
import { attemptOf, type Policy } from './decide.ts'
import type { Job, Lease, WorkerRecord } from './model.ts'
import type { Answer } from './next.ts'
import type { RefusedDebt } from './ports.ts'
import { contactOf, ownLease, standingOf } from './presence.ts'
import { reviewStateOf } from './review.ts'
import type { WaitingFor } from './waiting-for.ts'

/** The branch of an issue, from its number alone: titles are never trusted with a ref. */
const branchOf = (number: number): string => `ai-feature/issue-${number}`

/** Errors were stored as they came before reports were masked. */
function masked(error: string | null): string | null {
  return error === null ? null : maskSecrets(error)
}

function leaseView(lease: Lease) {
  return { token: lease.token, expires_at: toTimestamp(lease.expires_at) }
}

/** The answer to a worker that asked for work. */
export function answerView(answer: Answer, policy: Policy) {
  if (answer.kind === 'none') {
    const retry_after_seconds = Math.ceil(answer.retry_after_ms / 1000)
    const { reason } = answer
    const why = reason === undefined ? { blocked: false } : { blocked: true, reason }
    return { work_available: false, ...why, retry_after_seconds }
  }
  const { job, body, feedback } = answer
  return {
    work_available: true,
    issue_number: job.key.number,
    title: job.facts.title,
    body,
    labels: job.facts.labels,
    branch_name: branchOf(job.key.number),
    repository: job.key.repository,
    author: job.facts.author,
    author_association: job.facts.association,
    attempt: attemptOf(job),
    max_attempts: policy.maxAttempts,
    lease: leaseView(job.state.lease),
    ...(job.previous && { previous: { ...job.previous, error: masked(job.previous.error), feedback } }),
  }
}

export type Status = 'pending' | 'in_progress' | 'completed' | 'failed' | 'withdrawn'

export function statusOf(job: Job): Status {
  switch (job.state.kind) {
    case 'pending':
      return 'pending'
    case 'leased':
      return 'in_progress'
    case 'finished':
      return job.state.finish.outcome
  }
}

/** Who completed the job, or failed it; a job that was withdrawn is ended by none of its workers. */
function finisherOf({ state, ended }: Job): string | null {
  const isTheirs = state.kind === 'finished' && state.finish.outcome !== 'withdrawn'
  return isTheirs ? (ended?.worker ?? null) : null
}

/**
 * Why the job is as it is: why it failed or was withdrawn, or why it waits once more. One that is leased or completed has
 * no error, nor has one that was asked for anew; the next worker is given the last one in `previous`.
 */
function errorOf({ state, counts, previous }: Job): string | null {
  switch (state.kind) {
    case 'finished':
      return state.finish.error
    case 'leased':
      return null
    case 'pending':
      return counts.failures + counts.postponed > 0 ? (previous?.error ?? null) : null
  }
}

/** One item of the queue's lists. */
export function itemView(job: Job, policy: Policy, waitingFor?: readonly WaitingFor[], debt?: RefusedDebt) {
  const lease = job.state.kind === 'leased' ? job.state.lease : undefined
  const finish = job.state.kind === 'finished' ? job.state.finish : undefined
  const notBefore = job.state.kind === 'pending' ? job.state.not_before : 0
  return {
    repository: job.key.repository,
    issue_number: job.key.number,
    title: job.facts.title,
    labels: job.facts.labels,
    priority: job.facts.priority,
    status: statusOf(job),
    generation: job.generation,
    attempt: Math.min(attemptOf(job), policy.maxAttempts),
    max_attempts: policy.maxAttempts,
    workers_lost: job.counts.workers_lost,
    queued_at: toTimestamp(job.queued_at),
    updated_at: toTimestamp(job.changed_at),
    ...(notBefore > job.changed_at && { not_before: toTimestamp(notBefore) }),
    ...(waitingFor && { waiting_for: waitingFor }),
    ...(debt && { debt_refused: { since: toTimestamp(debt.since), tries: debt.tries, error: debt.error } }),
    leased_at: lease ? toTimestamp(lease.leased_at) : null,
    lease_expires_at: lease ? toTimestamp(lease.expires_at) : null,
    finished_at: finish ? toTimestamp(finish.at) : null,
    assigned_to: lease?.worker ?? finisherOf(job),
    pr_url: finish?.pr_url ?? job.previous?.pr_url ?? null,
    error: masked(errorOf(job)),
    review: reviewStateOf(job),
    usage: job.usage,
  }
}

/** A worker, judged by the last look at its host, by when it last called and by its lease. `job` is what its pointer leads to. */
export function workerView(record: WorkerRecord, job: Job | undefined, now: Instant) {
  const contact = contactOf(record, job, now)
  const { offline, health, reason } = standingOf(record, contact, now)
  const { lease, lastWord } = contact
  const shown = lease ?? (offline ? ownLease(record, job) : undefined)
  return {
    id: record.id,
    ip: record.ip,
    status: lease ? 'busy' : offline ? 'offline' : 'available',
    current_task: lease && job ? job.key.number : null,
    current_repository: lease && job ? job.key.repository : null,
    last_seen: lastWord === 0 ? null : toTimestamp(lastWord),
    health,
    reason,
    checked_at: record.check ? toTimestamp(record.check.at) : null,
    first_seen: toTimestamp(record.first_seen),
    total_tasks: record.total_tasks,
    lease_expires_at: shown ? toTimestamp(shown.expires_at) : null,
    capabilities: record.capabilities,
  } as const
}

/** The answer to a heartbeat. */
export function pulseView({ job, cancel }: { readonly job: Job; readonly cancel: string | null }) {
  const lease = job.state.kind === 'leased' ? leaseView(job.state.lease) : null
  return cancel === null ? { lease, cancel: false } : { lease, cancel: true, reason: cancel }
}
