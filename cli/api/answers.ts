/** Answers of the API as far as the commands read them; what else is in them is kept for `--json`. */
import * as z from 'zod/mini'

const text = z.string()
const time = z.nullish(z.string())

export const STATES = ['pending', 'in_progress', 'completed', 'failed', 'withdrawn'] as const
export type State = (typeof STATES)[number]

export const item = z.looseObject({
  repository: text,
  issue_number: z.number(),
  title: text,
  priority: z._default(text, ''),
  status: z.enum(STATES),
  generation: z.optional(z.number()),
  attempt: z._default(z.number(), 1),
  max_attempts: z._default(z.number(), 1),
  queued_at: time,
  updated_at: time,
  not_before: time,
  leased_at: time,
  lease_expires_at: time,
  finished_at: time,
  assigned_to: z.nullish(text),
  pr_url: z.nullish(text),
  error: z.nullish(text),
  waiting_for: z.optional(z.array(z.looseObject({ kind: text, detail: z._default(text, '') }))),
  debt_refused: z.optional(z.looseObject({ error: text })),
})
export type Item = z.infer<typeof item>

const items = z._default(z.array(item), [])

const counts = z.looseObject({
  pending: z.number(),
  in_progress: z.number(),
  completed: z.number(),
  failed: z.number(),
})

export const queuePage = z.object({
  ...{ pending: items, in_progress: items, completed: items, failed: items, withdrawn: items },
  counts,
  next_cursor: z.optional(text),
})
export type QueuePage = z.infer<typeof queuePage>

export const worker = z.looseObject({
  id: text,
  status: text,
  health: text,
  reason: z.nullish(text),
  current_task: z.nullish(z.number()),
  current_repository: z.nullish(text),
  last_seen: time,
  total_tasks: z._default(z.number(), 0),
  lease_expires_at: time,
})
export type Worker = z.infer<typeof worker>

export const workersPage = z.object({ workers: z.array(worker), next_cursor: z.optional(text) })

const check = z.looseObject({ ok: z.boolean(), detail: text })

export const health = z.looseObject({
  status: text,
  version: text,
  service: z.literal('coxswain'),
  uptime_seconds: z.number(),
  workers: z.object({ total: z.number(), available: z.number() }),
  queue: counts,
  checks: z.record(text, check),
})
export type Health = z.infer<typeof health>

export const pollReport = z.looseObject({
  repositories: z.array(
    z.looseObject({
      repository: text,
      status: text,
      detail: z.optional(text),
      untrusted: z.optional(z.array(z.object({ issue_number: z.number(), reason: text }))),
    }),
  ),
})
export type PollReport = z.infer<typeof pollReport>
