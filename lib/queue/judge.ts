/** Whose word counts: a report is accepted, known already, or refused. The fence, not the name, proves ownership. */

import type { Instant } from '#lib/clock'
import { toTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Job, Lease, ReportKind } from './model.ts'

/** Who reports, and by which lease. Clients of the first generation name no token. */
export interface Claim {
  readonly worker: string
  readonly token: number | undefined
}

export type Verdict =
  | { readonly kind: 'accept' }
  /** The same report by the same lease, once more: answer as before, change nothing. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'refuse'; readonly error: AppError }

const ACCEPT: Verdict = { kind: 'accept' }
const REPEAT: Verdict = { kind: 'repeat' }

/** What a report of `kind` means for the job as it stands at `now`. */
export function judgeReport(job: Job, claim: Claim, kind: ReportKind, now: Instant): Verdict {
  switch (job.state.kind) {
    case 'leased': {
      if (isLate(job, claim, kind)) return REPEAT
      if (!holds(job.state.lease, claim)) return lost(job)
      return now < job.state.lease.expires_at ? ACCEPT : lost(job)
    }
    case 'pending':
      return isLate(job, claim, kind) ? REPEAT : lost(job)
    case 'finished': {
      if (isLate(job, claim, kind)) return REPEAT
      return refuse(
        'already_finished',
        `This issue is ${job.state.finish.outcome} already; the report changes nothing.`,
        job,
      )
    }
  }
}

/** What a heartbeat means: a holder may renew, even late, as long as nobody else has taken the job. */
export function judgeHeartbeat(job: Job, claim: Claim): Verdict {
  if (job.state.kind === 'leased' && holds(job.state.lease, claim)) return ACCEPT
  return lost(job)
}

function holds(lease: Lease, claim: Claim): boolean {
  return lease.worker === claim.worker && (claim.token === undefined || claim.token === lease.token)
}

/** True when this very report ended the newest ended lease. */
function isLate(job: Job, claim: Claim, kind: ReportKind): boolean {
  const { ended } = job
  if (ended === null || ended.report !== kind || ended.worker !== claim.worker) return false
  if (claim.token !== undefined) return claim.token === ended.token
  return job.state.kind !== 'leased' || job.state.lease.worker !== claim.worker
}

function lost(job: Job): Verdict {
  const who = job.state.kind === 'leased' ? `held by ${job.state.lease.worker}` : describe(job)
  const mend = 'Drop this work and ask for the next.'
  return refuse('lease_lost', `The lease is lost: the issue is ${who} now. ${mend}`, job)
}

function describe(job: Job): string {
  return job.state.kind === 'finished' ? job.state.finish.outcome : job.state.kind
}

function refuse(code: 'lease_lost' | 'already_finished', message: string, job: Job): Verdict {
  return { kind: 'refuse', error: new AppError(code, message, { details: standing(job) }) }
}

/** The job's state as a refused caller may see it. */
export function standing(job: Job): Readonly<Record<string, unknown>> {
  const base = {
    repository: job.key.repository,
    issue_number: job.key.number,
    state: describe(job),
    current_token: job.token,
  }
  if (job.state.kind !== 'leased') return base
  return { ...base, held_by: job.state.lease.worker, expires_at: toTimestamp(job.state.lease.expires_at) }
}
