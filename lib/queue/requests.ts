/** From what a request says to what the queue is told. */

import type * as z from 'zod'
import { maskSecrets } from '#lib/secrets/secrets'
import { NO_USAGE } from './decide.ts'
import type { Stated } from './model.ts'
import type { Heartbeat, Report } from './reports.ts'
import type { completeBody, failedBody, heartbeatBody, releaseBody } from './schemas.ts'

type LeaseFields = Pick<z.output<typeof releaseBody>, 'worker_id' | 'issue_number' | 'repository' | 'lease_token'>

/** What a completion that failed says when its worker gives no reason. */
const NO_REASON = 'The worker reported failure without saying why.'

export function toCompletion(body: z.output<typeof completeBody>, correlation_id: string): Report {
  const pr_url = body.pr_url || null
  const base = { ...leaseOf(body), pr_url, usage: statedIn(body), correlation_id }
  if (body.success) return { ...base, kind: 'completed', error: null }
  return { ...base, kind: 'failed', error: maskSecrets(body.error ?? NO_REASON) }
}

export function toFailure(body: z.output<typeof failedBody>, correlation_id: string): Report {
  const { kind, error } = body
  return { ...leaseOf(body), kind, error: maskSecrets(error), pr_url: null, usage: statedIn(body), correlation_id }
}

export function toRelease(body: z.output<typeof releaseBody>, correlation_id: string): Report {
  return { ...leaseOf(body), kind: 'released', error: null, pr_url: null, usage: statedIn(body), correlation_id }
}

export function toHeartbeat(body: z.output<typeof heartbeatBody>, correlation_id: string): Heartbeat {
  return { ...leaseOf(body), token: body.lease_token, usage: statedIn(body), correlation_id }
}

function statedIn({ usage, usage_since }: Pick<z.output<typeof releaseBody>, 'usage' | 'usage_since'>): Stated {
  if (usage === undefined) return NO_USAGE
  return usage_since === 'lease' ? { ...usage, since: 'lease' } : usage
}

function leaseOf({ worker_id, issue_number, repository, lease_token }: LeaseFields) {
  return { worker: worker_id, number: issue_number, repository, token: lease_token }
}
