/** A worker that went or came back, as the event that tells of it. Pure. */
import * as z from 'zod'
import { toTimestamp } from '#lib/clock'
import type { WorkerRecord } from '#lib/queue/model'

export const workerEnvelope = z.object({
  event_id: z.string(),
  event_type: z.enum(['WORKER_OFFLINE', 'WORKER_ONLINE']),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('worker'), id: z.string() }),
  seq: z.int().positive(),
  worker_id: z.string(),
  /** The host that was looked at; null for a worker that only calls in. */
  host: z.string().nullable(),
  /** What was found of it. */
  found: z.string().nullable(),
  reason: z.string().nullable(),
})

export type WorkerEvent = z.infer<typeof workerEnvelope>

/** One stored change of a worker. `before` is undefined when the store did not know it. */
export interface WorkerChange {
  readonly before: WorkerRecord | undefined
  readonly after: WorkerRecord
}

/** The event of a change; undefined when the worker neither went nor came back by it. */
export function workerEventOf({ before, after }: WorkerChange): WorkerEvent | undefined {
  const { id, presence, check } = after
  if (presence === undefined || presence.seq === before?.presence?.seq) return undefined
  return {
    // The moment is part of the id: a record that was removed and made anew counts from 1 again.
    event_id: `worker:${id}:${presence.since}:${presence.seq}`,
    event_type: presence.offline ? 'WORKER_OFFLINE' : 'WORKER_ONLINE',
    timestamp: toTimestamp(presence.since),
    correlation_id: presence.correlation_id,
    entity: { kind: 'worker', id },
    seq: presence.seq,
    worker_id: id,
    host: check?.host ?? null,
    found: check?.state ?? null,
    reason: presence.reason,
  }
}
