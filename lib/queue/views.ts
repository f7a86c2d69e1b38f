/** What callers see of jobs and workers: the field names are the wire contract. */
import { type Instant, toTimestamp } from '#lib/clock'
import { attemptOf, type Policy } from './decide.ts'
import type { Job, Lease, WorkerRecord } from './model.ts'
import type { Answer } from './next.ts'

/** The branch of an issue, from its number alone: titles are never trusted with a ref. */
const branchOf = (number: number): string => `ai-feature/issue-${number}`

function leaseView(lease: Lease) {
  return { token: lease.token, expires_at: toTimestamp(lease.expires_at) }
}

/** The answer to a worker that asked for work. */
export function answerView(answer: Answer, policy: Policy) {
  if (answer.kind === 'none') {
    const retry_after_seconds = Math.ceil(answer.retry_after_ms / 1000)
    const { reason } = answer
    if (reason !== undefined) return { work_available: false, blocked: true, reason, retry_after_seconds }
    return { work_available: false, blocked: false, retry_after_seconds }
  }
  const { job, body } = answer
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
    ...(job.state.kind === 'leased' && { lease: leaseView(job.state.lease) }),
    ...(job.previous && { previous: job.previous }),
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

/** One item of the queue's lists. */
export function itemView(job: Job, policy: Policy) {
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
    leased_at: lease ? toTimestamp(lease.leased_at) : null,
    lease_expires_at: lease ? toTimestamp(lease.expires_at) : null,
    finished_at: finish ? toTimestamp(finish.at) : null,
    assigned_to: lease?.worker ?? (finish ? (job.ended?.worker ?? null) : null),
    pr_url: finish?.pr_url ?? job.previous?.pr_url ?? null,
    error: finish?.error ?? job.previous?.error ?? null,
    usage: job.usage,
  }
}

/** An idle worker asks every half minute; one that has not for this long is taken for gone. */
const OFFLINE_MS = 180_000

/** A worker, judged by when it was last heard of and by its lease. `job` is what its pointer leads to. */
export function workerView(record: WorkerRecord, job: Job | undefined, now: Instant) {
  const lease = liveLease(record, job, now)
  const lastSeen = Math.max(record.last_seen, lease?.renewed_at ?? 0, reportedAt(record, job))
  const silent = now - lastSeen
  const offline = lease === undefined && silent >= OFFLINE_MS
  return {
    id: record.id,
    ip: record.ip,
    status: lease ? 'busy' : offline ? 'offline' : 'available',
    current_task: lease && job ? job.key.number : null,
    current_repository: lease && job ? job.key.repository : null,
    last_seen: toTimestamp(lastSeen),
    health: offline ? 'unhealthy' : lease && isLateBeat(lease, now) ? 'degraded' : 'healthy',
    first_seen: toTimestamp(record.first_seen),
    total_tasks: record.total_tasks,
    lease_expires_at: lease ? toTimestamp(lease.expires_at) : null,
    capabilities: record.capabilities,
  } as const
}

function liveLease(record: WorkerRecord, job: Job | undefined, now: Instant): Lease | undefined {
  if (job?.state.kind !== 'leased') return undefined
  const { lease } = job.state
  return lease.worker === record.id && now < lease.expires_at ? lease : undefined
}

/** When the worker last ended a lease by its report; 0 when the job it points to tells of none. */
function reportedAt(record: WorkerRecord, job: Job | undefined): Instant {
  const byItself = job?.ended?.worker === record.id && job.ended.report !== 'expired'
  return byItself ? job.changed_at : 0
}

/** A worker beats at a third of its lease; past two thirds it has missed one. */
function isLateBeat(lease: Lease, now: Instant): boolean {
  return now - lease.renewed_at > ((lease.expires_at - lease.renewed_at) * 2) / 3
}

/** The answer to a heartbeat. */
export function pulseView({ job, cancel }: { readonly job: Job; readonly cancel: string | null }) {
  const lease = job.state.kind === 'leased' ? leaseView(job.state.lease) : null
  return cancel === null ? { lease, cancel: false } : { lease, cancel: true, reason: cancel }
}
