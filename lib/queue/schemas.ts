/** The wire contract of the queue: what a request may say. Everything is bounded; unknown fields are refused. */
import * as z from 'zod'

/** A page of a list holds at most this many. */
const MAX_LIMIT = 100
const DEFAULT_LIMIT = 50
/** An error is for people to read; the rest of a log belongs into the log. */
const MAX_ERROR = 10_000

export const workerId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1–64 of the characters A–Z a–z 0–9 . _ -')

export const issueNumber = z.int('must be a whole number').min(1, 'must be 1 or more').max(2_147_483_647)

export const repositoryName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, 'must be owner/repo')
  .transform((name) => name.toLowerCase())

const leaseToken = z.int('must be the number given as lease.token').min(1)
const amount = z.number().min(0).max(1e12)

const usage = z
  .strictObject({
    input_tokens: amount.default(0),
    output_tokens: amount.default(0),
    cost_usd: amount.default(0),
    seconds: amount.default(0),
  })
  .meta({ id: 'UsageReport' })

/** `lease`: `usage` is all of this lease so far, so that a report lost or repeated changes no sum. */
const usageSince = z.enum(['report', 'lease']).default('report')

const prUrl = z.string().max(500).nullish()
/** Half of a surrogate pair is no text that a store could keep. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((said) => said.toWellFormed())
const errorText = text(MAX_ERROR).refine((said) => said !== '', 'must say what went wrong')

const lease = {
  worker_id: workerId,
  issue_number: issueNumber,
  repository: repositoryName.optional(),
  lease_token: leaseToken.optional(),
}

export const nextQuery = z.strictObject({ worker_id: workerId })

export const nextBody = z
  .strictObject({
    worker_id: workerId,
    capabilities: z
      .array(text(64).refine((name) => name !== '', 'must not be empty'))
      .max(20)
      .default([]),
  })
  .meta({ id: 'WorkNextRequest' })

export const heartbeatBody = z
  .strictObject({
    ...lease,
    lease_token: leaseToken,
    progress: z.union([text(1_000), z.number().min(0).max(100)]).optional(),
    usage: usage.optional(),
    usage_since: usageSince,
  })
  .meta({ id: 'WorkHeartbeatRequest' })

export const completeBody = z
  .strictObject({
    ...lease,
    pr_url: prUrl,
    success: z.boolean(),
    error: errorText.nullish(),
    usage: usage.optional(),
    usage_since: usageSince,
  })
  .refine((body) => !body.success || (body.pr_url ?? '') !== '', {
    path: ['pr_url'],
    message: 'must be the address of the pull request when success is true',
  })
  .meta({ id: 'WorkCompleteRequest' })

export const failedBody = z
  .strictObject({
    ...lease,
    error: errorText,
    kind: z.enum(['failed', 'rate_limited', 'infrastructure']).default('failed'),
    usage: usage.optional(),
    usage_since: usageSince,
  })
  .meta({ id: 'WorkFailedRequest' })

export const releaseBody = z
  .strictObject({ ...lease, usage: usage.optional(), usage_since: usageSince })
  .meta({ id: 'WorkReleaseRequest' })

const limit = z
  .string()
  .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .refine((n) => n >= 1 && n <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .default(DEFAULT_LIMIT)
  .meta({ minimum: 1, maximum: MAX_LIMIT })

const cursor = z.string().min(1).max(1_000).optional()

export const STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'withdrawn'] as const

export const queueQuery = z.strictObject({
  status: z.enum(STATUSES).optional(),
  repository: repositoryName.optional(),
  limit,
  cursor,
})

export const workersQuery = z.strictObject({ limit, cursor })

/** Lines of a worker's log that one answer holds at most. */
const MAX_LINES = 1_000
const DEFAULT_LINES = 100
const lineCount = `must be a whole number from 1 to ${MAX_LINES}`

export const logsQuery = z.strictObject({
  lines: z
    .string()
    .regex(/^\d{1,4}$/, lineCount)
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_LINES, lineCount)
    .default(DEFAULT_LINES)
    .meta({ minimum: 1, maximum: MAX_LINES }),
})

export const workerPath = z.object({ id: workerId })

export const itemPath = z
  .object({
    owner: z.string(),
    repo: z.string(),
    issue: z.string().regex(/^\d{1,10}$/, 'must be an issue number'),
  })
  .transform(({ owner, repo, issue }) => ({ repository: `${owner}/${repo}`, number: Number(issue) }))
  .pipe(z.object({ repository: repositoryName, number: issueNumber }))

/** Where a pull request may be named by its own number or its issue's. */
export const reviewPath = z
  .object({
    verdict: z.enum(['approved', 'changes-requested', 'merged']),
    number: z.string().regex(/^\d{1,10}$/, 'must be the number of a pull request or of its issue'),
  })
  .transform(({ verdict, number }) => ({ verdict: verdict.replace('-', '_'), number: Number(number) }))
  .pipe(z.object({ verdict: z.enum(['approved', 'changes_requested', 'merged']), number: issueNumber }))

export const reviewQuery = z.strictObject({ repository: repositoryName.optional() })

/** A longer feedback is cut for the worker; what does not fit here does not fit into a review either. */
const MAX_FEEDBACK = 65_536

export const reviewBody = z
  .strictObject({ repository: repositoryName.optional(), feedback: text(MAX_FEEDBACK).optional() })
  .meta({ id: 'ReviewRequest' })

export const reasonBody = z
  .strictObject({
    reason: text(500)
      .refine((said) => said !== '', 'must not be empty')
      .optional(),
  })
  .meta({ id: 'QueueCancelRequest' })

/** Read by the webhook itself, which checks the signature over the bytes first; here for the API's description. */
export const webhookHeaders = z.object({
  'x-github-event': z.string().meta({ description: 'issues, pull_request, pull_request_review or ping.' }),
  'x-github-delivery': z.string().meta({ description: 'A repeated delivery changes nothing.' }),
  'x-hub-signature-256': z.string().meta({ description: 'HMAC of the body by GITHUB_WEBHOOK_SECRET.' }),
})

export const webhookBody = z
  .looseObject({ action: z.string().optional() })
  .meta({ id: 'GitHubEvent', description: 'As GitHub documents it for its type of event.' })
