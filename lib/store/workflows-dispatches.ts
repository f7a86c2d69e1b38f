/** Dispatches to the agent hub in the table: who is at it, until when, and what came back. */
import * as z from 'zod'
import type { DispatchKey, DispatchRecord, DispatchStore } from '#lib/workflows/ports'
import { unchangedSince } from './conditions.ts'
import type { Item, Table } from './table.ts'
import { dispatchKey } from './workflows-keys.ts'

const verdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('complete'), result: z.string() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
  z.object({ kind: z.literal('pending_human'), result: z.string(), escalation_id: z.string().nullable() }),
])

const stored = z.object({
  feature_id: z.string(),
  phase: z.number(),
  attempt: z.number(),
  state: z.enum(['running', 'waiting', 'answered']),
  until: z.number(),
  tries: z.number(),
  error: z.string().nullable().default(null),
  verdict: verdict.nullable().default(null),
  version: z.number(),
})

export function createDispatchStore(table: Table): DispatchStore {
  return {
    async find(key) {
      const item = await table.get(dispatchKey(key), { consistent: true })
      return item && decode(item)
    },

    async findMany(keys) {
      return (await table.getMany(keys.map(dispatchKey))).map(decode)
    },

    async save(record) {
      const written = await table.put(encode(record), unchangedSince(record.version))
      return written.kind === 'done'
    },
  }
}

function encode(record: DispatchRecord): Item {
  const { key, error, verdict: ended, ...rest } = record
  return {
    ...dispatchKey(key),
    kind: 'dispatch',
    ...key,
    ...rest,
    ...(error !== null && { error }),
    ...(ended !== null && { verdict: { ...ended } }),
    version: record.version + 1,
  }
}

function decode(item: Item): DispatchRecord {
  const { feature_id, phase, attempt, ...rest } = stored.parse(item)
  const key: DispatchKey = { feature_id, phase, attempt }
  return { key, ...rest }
}
