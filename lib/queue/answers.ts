/** What the queue's routes answer, as schemas: the shapes of views.ts, lists.ts, health.ts and poll.ts for the API's description. */
import * as z from 'zod'
import { PRIORITIES } from './model.ts'
import { STATUSES } from './schemas.ts'

const time = z.string().meta({ format: 'date-time' })
const count = z.int().min(0)

const lease = z.object({ token: z.int().min(1), expires_at: time }).meta({ id: 'Lease' })

const usage = z
  .object({ input_tokens: z.number(), output_tokens: z.number(), cost_usd: z.number(), seconds: z.number() })
  .meta({ id: 'Usage' })

const noWork = z.object({
  work_available: z.literal(false),
  blocked: z.boolean(),
  reason: z.string().optional(),
  retry_after_seconds: count,
})

const work = z.object({
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
  lease: lease.optional(),
  previous: z
    .object({ error: z.string().nullable(), pr_url: z.string().nullable(), feedback: z.string().nullable() })
    .optional(),
})

export const nextAnswer = z.union([work, noWork]).meta({ id: 'Work' })

export const pulseAnswer = z
  .object({ lease: lease.nullable(), cancel: z.boolean(), reason: z.string().optional() })
  .meta({ id: 'Pulse' })

export const acknowledged = z.object({ status: z.literal('acknowledged') })
export const released = z.object({ status: z.literal('released') })

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
    leased_at: time.nullable(),
    lease_expires_at: time.nullable(),
    finished_at: time.nullable(),
    assigned_to: z.string().nullable(),
    pr_url: z.string().nullable(),
    error: z.string().nullable(),
    usage,
  })
  .meta({ id: 'QueueItem' })

const counts = z.object({
  pending: count,
  in_progress: count,
  completed: count,
  failed: count,
  withdrawn: count,
})

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
  .meta({ id: 'Queue' })

export const worker = z
  .object({
    id: z.string(),
    ip: z.string().nullable(),
    status: z.enum(['busy', 'offline', 'available']),
    current_task: z.int().nullable(),
    current_repository: z.string().nullable(),
    last_seen: time,
    health: z.enum(['healthy', 'degraded', 'unhealthy']),
    first_seen: time,
    total_tasks: count,
    lease_expires_at: time.nullable(),
    capabilities: z.array(z.string()),
  })
  .meta({ id: 'Worker' })

export const workersAnswer = z.object({ workers: z.array(worker), next_cursor: z.string().optional() })

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

export const webhookAnswer = z.object({ status: z.enum(['accepted', 'repeated', 'ignored']) })

export const pollAnswer = z
  .object({
    repositories: z.array(
      z.object({
        repository: z.string(),
        status: z.enum(['unchanged', 'reconciled', 'busy', 'waiting', 'failed']),
        queued: count,
        refreshed: count,
        requeued: count,
        redriven: count,
        withdrawn: count,
        left_alone: count,
        detail: z.string().optional(),
        untrusted: z
          .array(z.object({ issue_number: z.int(), reason: z.string() }))
          .optional()
          .meta({ description: 'Issues left alone because of who asked for them.' }),
      }),
    ),
    reaped: count.meta({ description: 'Issues whose lease had run out.' }),
  })
  .meta({ id: 'PollReport' })

const check = z.object({ ok: z.boolean(), detail: z.string(), checked_at: time })

export const healthAnswer = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    version: z.string(),
    service: z.literal('coxswain'),
    uptime_seconds: count,
    workers: z.object({ total: count, available: count }),
    queue: counts.omit({ withdrawn: true }),
    github_connected: z.boolean(),
    checks: z.object({ store: check, github: check }),
  })
  .meta({ id: 'Health' })
