/** A change of a job, read from the table's stream: what it was, what it is, and the event it makes. */
import { toTimestamp } from '#lib/clock'
import { attemptOf } from '#lib/queue/decide'
import type { Job, ReportKind, ReviewVerdict } from '#lib/queue/model'
import { maskSecrets } from '#lib/secrets/secrets'
import type { WorkEvent } from './types.ts'

/** One stored change of a job. `before` is undefined when this is the first the store knew of it. */
export interface JobChange {
  readonly before: Job | undefined
  readonly after: Job
}

/** True when the issue enters the queue by this change. Later ones may find no record yet, but they count on. */
export function isFirst({ before, after }: JobChange): boolean {
  return before === undefined && after.seq === 1
}

export type EventType = WorkEvent['event_type']

const REPORTED: Readonly<Record<ReportKind | 'expired' | 'budget', EventType>> = {
  completed: 'WORK_COMPLETED',
  failed: 'WORK_FAILED',
  rate_limited: 'WORK_RELEASED',
  infrastructure: 'WORK_RELEASED',
  released: 'WORK_RELEASED',
  expired: 'WORK_LEASE_EXPIRED',
  budget: 'WORK_RELEASED',
}

/** A finished job changes once more when its pull request is judged. One that is sent back is finished no longer. */
const JUDGED: Readonly<Record<ReviewVerdict, EventType>> = {
  approved: 'WORK_APPROVED',
  changes_requested: 'WORK_QUEUED',
  merged: 'WORK_MERGED',
  closed: 'WORK_CLOSED',
}

/** What kind of event a change is; undefined for a renewed lease, which is no news. */
export function eventTypeOf({ before, after }: JobChange): EventType | undefined {
  if (before !== undefined && before.seq === after.seq) return undefined
  switch (after.state.kind) {
    case 'leased':
      return before?.state.kind === 'leased' && before.token === after.token ? 'WORK_RENEWED_LATE' : 'WORK_LEASED'
    case 'finished':
      if (after.state.finish.reason === 'budget') return 'BUDGET_SPENT'
      if (after.state.finish.outcome === 'completed' && after.review.verdict !== null)
        return JUDGED[after.review.verdict]
      if (before?.state.kind === 'finished' && before.review.verdict === 'closed') return 'WORK_REOPENED'
      return { completed: 'WORK_COMPLETED', failed: 'WORK_EXHAUSTED', withdrawn: 'WORK_WITHDRAWN' }[
        after.state.finish.outcome
      ] as EventType
    case 'pending':
      return pendingType(before, after)
  }
}

/** The event of a change, undefined when there is none to tell. */
export function eventOf(change: JobChange): WorkEvent | undefined {
  const event_type = eventTypeOf(change)
  if (event_type === undefined) return undefined
  const { before, after } = change
  const id = `${after.key.repository}#${after.key.number}`
  const { ended } = after
  const lease = after.state.kind === 'leased' ? after.state.lease : undefined
  const finish = after.state.kind === 'finished' ? after.state.finish : undefined
  return {
    event_id: `issue:${id}:${after.seq}`,
    event_type,
    timestamp: toTimestamp(after.changed_at),
    correlation_id: after.correlation_id,
    entity: { kind: 'issue', id },
    seq: after.seq,
    repository: after.key.repository,
    issue_number: after.key.number,
    generation: after.generation,
    attempt: attemptOf(before ?? after),
    worker_id: lease?.worker ?? ended?.worker ?? null,
    lease_token: lease?.token ?? ended?.token ?? null,
    pr_url: finish?.pr_url ?? after.previous?.pr_url ?? null,
    error: masked(finish?.error ?? after.previous?.error ?? null),
  }
}

/** Errors were stored as they came before reports were masked. */
function masked(error: string | null): string | null {
  return error === null ? null : maskSecrets(error)
}

function pendingType(before: Job | undefined, after: Job): EventType {
  // Sent back by its reviewers.
  if (before?.state.kind === 'finished') return 'WORK_QUEUED'
  if (isFirst({ before, after }) || (before !== undefined && before.generation !== after.generation))
    return 'WORK_QUEUED'
  if (before === undefined || before.state.kind === 'pending') return 'WORK_REFRESHED'
  return after.ended === null ? 'WORK_QUEUED' : REPORTED[after.ended.report]
}
