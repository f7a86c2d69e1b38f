/** Workers as items and back. */
import * as z from 'zod'
import type { Pointer, WorkerRecord } from '#lib/queue/model'
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
    .object({
      repository: z.string(),
      number: z.number(),
      token: z.number(),
      version: z.number().default(0),
      expires_at: z.number(),
    })
    .nullable()
    .default(null),
  check: z
    .object({
      host: z.string(),
      state: z.enum(['active', 'inactive', 'refused', 'unreachable', 'cut_off']),
      detail: z.string(),
      since: z.number(),
      at: z.number(),
      valid_until: z.number(),
    })
    .optional(),
  presence: z
    .object({
      offline: z.boolean(),
      since: z.number(),
      reason: z.string().nullable(),
      seq: z.number(),
      correlation_id: z.string(),
    })
    .optional(),
  version: z.number(),
})

export function decodeWorker(item: Readonly<Record<string, unknown>>): WorkerRecord {
  const { sk: id, pointer, check, presence, ...rest } = stored.parse(item)
  const known = { id, ...rest, ...(check && { check }), ...(presence && { presence }) }
  if (pointer === null) return { ...known, pointer }
  const { repository, number, ...lease } = pointer
  return { ...known, pointer: { key: { repository, number }, ...lease } }
}

export function encodeWorker({ id, pointer, ip, ...rest }: WorkerRecord): Item {
  return {
    ...workerKey(id),
    kind: 'worker',
    ...rest,
    capabilities: [...rest.capabilities],
    ...(ip !== null && { ip }),
    ...(pointer && { pointer: flat(pointer) }),
  }
}

function flat({ key, ...lease }: Pointer): Record<string, unknown> {
  return { ...key, ...lease }
}
