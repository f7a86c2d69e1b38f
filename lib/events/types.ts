/** The events of the queue, and the envelope that all events share. */
import * as z from 'zod'

const WORK_EVENTS = [
  'WORK_QUEUED',
  'WORK_LEASED',
  'WORK_RENEWED_LATE',
  'WORK_COMPLETED',
  'WORK_FAILED',
  'WORK_EXHAUSTED',
  'WORK_RELEASED',
  'WORK_WITHDRAWN',
  'WORK_LEASE_EXPIRED',
  'WORK_REFRESHED',
  'WORK_APPROVED',
  'WORK_MERGED',
  'WORK_CLOSED',
  'WORK_REOPENED',
  'BUDGET_SPENT',
] as const

/** `event_id` is made from the entity and its sequence, so that the same change always makes the same id. */
export const envelope = z.object({
  event_id: z.string(),
  event_type: z.enum(WORK_EVENTS),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('issue'), id: z.string() }),
  seq: z.int().positive(),
  repository: z.string(),
  issue_number: z.int().positive(),
  generation: z.int().positive(),
  attempt: z.int().positive(),
  worker_id: z.string().nullable(),
  lease_token: z.int().nullable(),
  pr_url: z.string().nullable(),
  error: z.string().nullable(),
})

export type WorkEvent = z.infer<typeof envelope>
