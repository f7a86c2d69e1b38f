/** Workers as items and back. */
import * as z from 'zod'
import type { WorkerRecord } from '#lib/queue/model'
import { workerKey } from './keys.ts'
import type { Item } from './table.ts'

const stored = z.object({
  sk: z.string(),
  first_seen: z.number(),
  last_seen: z.number(),
  total_tasks: z.number(),
  capabilities: z.array(z.string()).default([]),
  ip: z.string().nullable().default(null),
  pointer: z
    .object({ repository: z.string(), number: z.number(), token: z.number(), expires_at: z.number() })
    .nullable()
    .default(null),
  version: z.number(),
})

export function decodeWorker(item: Readonly<Record<string, unknown>>): WorkerRecord {
  const { sk: id, pointer, ...rest } = stored.parse(item)
  if (pointer === null) return { id, ...rest, pointer }
  const { repository, number, token, expires_at } = pointer
  return { id, ...rest, pointer: { key: { repository, number }, token, expires_at } }
}

export function encodeWorker({ id, pointer, ip, ...rest }: WorkerRecord): Item {
  return {
    ...workerKey(id),
    kind: 'worker',
    ...rest,
    capabilities: [...rest.capabilities],
    ...(ip !== null && { ip }),
    ...(pointer && { pointer: { ...pointer.key, token: pointer.token, expires_at: pointer.expires_at } }),
  }
}
