/** What the queue's routes answer, as schemas: the shapes of views.ts, lists.ts, health.ts and poll.ts for the API's description. */
import * as z from 'zod'
import { PRIORITIES } from './model.ts'
import { HEALTHS } from './presence.ts'
import { STATUSES } from './schemas.ts'

const time = z.string().meta({ format: 'date-time' })
const count = z.int().min(0)

const lease = z.object({ token: z.int().min(1), expires_at: time }).meta({ id: 'Lease' })

const usage = z
  .object({ input_tokens: z.number(), output_tokens: z.number(), cost_usd: z.number(), seconds: z.number() })
  .meta({ id: 'Usage' })

const previous = z
  .object({ error: z.string().nullable(), pr_url: z.string().nullable(), feedback: z.string().nullable() })
  .meta({ id: 'Previous', description: 'What the attempt before left behind.' })

const workOffered = z
  .object({
    work_available: z.literal(true),
    issue_number: z.int(),
    title: z.string(),
    body: z.string(),
    labels: z.array(z.string()),
    branch_name: z.string(),
    repository: z.string(),
    author: z.string(),
    author_association: z.string(),
    attempt: z.int(),
    max_attempts: z.int(),
    lease,
    previous: previous.optional(),
  })
  .meta({ id: 'WorkOffered' })

const retryAfter = count.meta({ description: 'When to ask again.' })

const noWork = z
  .object({ work_available: z.literal(false), blocked: z.literal(false), retry_after_seconds: retryAfter })
  .meta({ id: 'NoWork' })

const workBlocked = z
  .object({
    work_available: z.literal(false),
    blocked: z.literal(true),
    reason: z.string(),
    retry_after_seconds: retryAfter,
  })
  .meta({ id: 'WorkBlocked', description: 'There may be work, but not for this worker now.' })

/** Told apart by `work_available` and `blocked`. */
export const nextAnswer = z.xor([workOffered, noWork, workBlocked]).meta({ id: 'Work' })

const leaseRenewed = z.object({ lease, cancel: z.literal(false) }).meta({ id: 'LeaseRenewed' })
const workCancelled = z
  .object({ lease: lease.nullable(), cancel: z.literal(true), reason: z.string() })
  .meta({ id: 'WorkCancelled', description: 'The work is to be stopped.' })

/** Told apart by `cancel`. */
export const pulseAnswer = z.xor([leaseRenewed, workCancelled]).meta({ id: 'Pulse' })

export const acknowledged = z.object({ status: z.literal('acknowledged') }).meta({ id: 'Acknowledged' })
export const released = z.object({ status: z.literal('released') }).meta({ id: 'Released' })

const waitingFor = z
  .object({
    kind: z.enum(['dependency', 'missing', 'too_many', 'cycle', 'files', 'clarification']).meta({
      description:
        'dependency: an issue that is open. missing: one that GitHub does not show. too_many: more are declared than are read. cycle: issues that wait for each other. files: a leased issue whose files overlap.',
    }),
    issues: z.array(z.string()).meta({ description: 'The issues waited for, as owner/repo#7.' }),
    detail: z.string(),
  })
  .meta({ id: 'WaitingFor' })

const debtRefused = z
  .object({
    since: time.meta({ description: 'When the write was set aside.' }),
    tries: count,
    error: z.string().meta({ description: "GitHub's reason." }),
  })
  .meta({ id: 'DebtRefused', description: 'Labels or a comment of this issue that GitHub refused too often.' })

export const item = z
  .object({
    repository: z.string(),
    issue_number: z.int(),
    title: z.string(),
    labels: z.array(z.string()),
    priority: z.enum(PRIORITIES),
    status: z.enum(STATUSES),
    generation: z.int(),
    attempt: z.int(),
    max_attempts: z.int(),
    workers_lost: count,
    queued_at: time,
    updated_at: time,
    not_before: time.optional(),
    waiting_for: z.array(waitingFor).optional(),
    debt_refused: debtRefused.optional(),
    leased_at: time.nullable(),
    lease_expires_at: time.nullable(),
    finished_at: time.nullable(),
    assigned_to: z.string().nullable(),
    pr_url: z.string().nullable(),
    error: z.string().nullable(),
    review: z.enum(['awaiting', 'approved', 'changes_requested', 'merged', 'closed']).nullable(),
    usage,
  })
  .meta({ id: 'QueueItem' })

const counts = z
  .object({ pending: count, in_progress: count, completed: count, failed: count, withdrawn: count })
  .meta({ id: 'QueueCounts' })

export const queueAnswer = z
  .object({
    pending: z.array(item),
    in_progress: z.array(item),
    completed: z.array(item),
    failed: z.array(item),
    withdrawn: z.array(item),
    counts,
    next_cursor: z.string().optional(),
  })
  .meta({ id: 'QueuePage' })

export const worker = z
  .object({
    id: z.string(),
    ip: z.string().nullable(),
    status: z.enum(['busy', 'offline', 'available']),
    current_task: z.int().nullable(),
    current_repository: z.string().nullable(),
    last_seen: time.nullable().meta({ description: 'Null for a configured worker that has never called.' }),
    health: z.enum(HEALTHS),
    reason: z.string().nullable().meta({ description: 'Why it is not healthy.' }),
    checked_at: time.nullable().meta({ description: 'When its host was looked at; null without a host.' }),
    first_seen: time,
    total_tasks: count,
    lease_expires_at: time.nullable(),
    capabilities: z.array(z.string()),
  })
  .meta({ id: 'Worker' })

export const workersAnswer = z
  .object({ workers: z.array(worker), next_cursor: z.string().optional() })
  .meta({ id: 'WorkersPage' })

export const desiredAnswer = z
  .object({
    workers_wanted: count,
    reason: z
      .enum(['idle', 'backlog', 'github_writes', 'max_workers', 'blocked'])
      .meta({ description: 'What decided.' }),
    depth: count,
    in_progress: count,
    drain_rate_per_minute: z.number().min(0).meta({ description: 'Issues finished, over the last hour.' }),
    github_writes_left: count.meta({ description: 'Content writes that GitHub leaves for this hour.' }),
    max_workers: count,
    blocked: z.string().optional().meta({ description: 'Why no lease is given.' }),
  })
  .meta({ id: 'DesiredWorkers' })

export const webhookAnswer = z
  .object({ status: z.enum(['accepted', 'repeated', 'ignored']) })
  .meta({ id: 'WebhookReceipt' })

const polledReviews = z
  .object({
    open: count,
    looked_at: count,
    approved: count,
    changes_requested: count,
    merged: count,
    closed: count,
    reopened: count.meta({ description: 'Closed before, and opened again since.' }),
  })
  .meta({ id: 'PolledReviews', description: 'Pull requests that are not done with, and what was new about them.' })

const untrusted = z.object({ issue_number: z.int(), reason: z.string() }).meta({ id: 'UntrustedIssue' })

const polled = z
  .object({
    repository: z.string(),
    status: z.enum(['unchanged', 'reconciled', 'busy', 'waiting', 'failed']),
    queued: count,
    refreshed: count,
    requeued: count,
    redriven: count,
    withdrawn: count,
    left_alone: count,
    unblocked: count.meta({ description: 'Issues whose dependencies are all closed now.' }),
    reviews: polledReviews.optional(),
    detail: z.string().optional(),
    untrusted: z.array(untrusted).optional().meta({ description: 'Issues left alone because of who asked for them.' }),
  })
  .meta({ id: 'PolledRepository' })

export const pollAnswer = z
  .object({ repositories: z.array(polled), reaped: count.meta({ description: 'Issues whose lease had run out.' }) })
  .meta({ id: 'PollReport' })

const checkedHost = z
  .object({
    host: z.string(),
    worker: z.string(),
    found: z.enum(['active', 'inactive', 'unreachable', 'refused', 'unchecked']),
    detail: z.string(),
    status: z.enum(['busy', 'offline', 'available']),
    health: z.enum(HEALTHS),
  })
  .meta({ id: 'CheckedHost' })

export const checkAnswer = z
  .object({
    hosts: z.array(checkedHost),
    workers: z.object({ total: count, available: count, busy: count, offline: count }).meta({ id: 'WorkersByStatus' }),
    written: count.meta({ description: 'Workers whose record changed.' }),
    retired: count.meta({ description: 'Workers taken off the list after 30 days without a sign of life.' }),
  })
  .meta({ id: 'WorkersCheck' })

export const retiredAnswer = z.object({ id: z.string(), status: z.literal('retired') }).meta({ id: 'RetiredWorker' })

export const logsAnswer = z
  .object({ id: z.string(), unit: z.string(), lines: z.array(z.string()) })
  .meta({ id: 'WorkerLogs' })

const check = z.object({ ok: z.boolean(), detail: z.string(), checked_at: time }).meta({ id: 'HealthCheck' })

const healthChecks = z
  .object({
    store: check,
    github: check,
    github_writes: check
      .optional()
      .meta({ description: 'Labels and comments owed to GitHub: late, refused, set aside.' }),
    cluster: check.optional(),
    not_configured: check
      .optional()
      .meta({ description: 'What a laptop without stand-ins goes without, and what to set. It is not wrong.' }),
    streams: check.optional().meta({ description: "Whether the readers of the table's stream keep up." }),
    sinks: check.optional().meta({ description: 'Whether events wait for a sink, and since when.' }),
    dead_letters: check.optional().meta({ description: 'What was set aside for good and waits for an operator.' }),
  })
  .meta({ id: 'HealthChecks' })

export const healthAnswer = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    version: z.string(),
    service: z.literal('coxswain'),
    uptime_seconds: count,
    workers: z.object({ total: count, available: count }).meta({ id: 'HealthWorkers' }),
    queue: counts.omit({ withdrawn: true }).meta({ id: 'HealthQueue' }),
    github_connected: z.boolean(),
    checks: healthChecks,
  })
  .meta({ id: 'Health' })

const openPull = z.object({ number: z.int(), issue_number: z.int(), since: time }).meta({ id: 'OpenPull' })

const gate = z
  .object({
    repository: z.string(),
    gate: z.enum(['open', 'closed']),
    limit: count,
    pending_count: count,
    pending: z.array(openPull).meta({ description: 'Awaiting review; these take places at the gate.' }),
    approved: z.array(openPull),
    reworking: z.array(openPull).meta({ description: 'Sent back with changes requested.' }),
  })
  .meta({ id: 'ReviewGate' })

export const reviewStatusAnswer = z.object({ repositories: z.array(gate) }).meta({ id: 'ReviewStatus' })

export const reviewAnswer = z
  .object({
    applied: z.boolean().meta({ description: 'False when it was known already.' }),
    item,
    gate,
  })
  .meta({ id: 'Reviewed' })
