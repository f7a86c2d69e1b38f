/** What the poll remembers in the table: tags, successes, errors, and when GitHub wants to be left alone. */
import * as z from 'zod'
import type { Mirror, PollRecord, PollStore } from '#lib/queue/source'
import { closedUntil, closeUntil } from './gate.ts'
import { mirrorKey, POLLS, pollKey } from './keys.ts'
import { createLocks } from './locks.ts'
import type { Item, Table } from './table.ts'

const stored = z.object({
  sk: z.string(),
  tags: z.record(z.string(), z.array(z.string())).default({}),
  succeeded_at: z.number().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string(), at: z.number() }).nullable().default(null),
  rate: z.object({ limit: z.number(), remaining: z.number(), resets_at: z.number() }).nullable().default(null),
  doubts: z.record(z.string(), z.object({ updated_at: z.number(), why: z.string() })).optional(),
  renamed_to: z.string().optional(),
  version: z.number(),
})

const mirrored = z.object({ generation: z.number(), version: z.number() })

/** Repositories are configured by name in one variable; more than this do not fit. */
const MOST_REPOSITORIES = 100

export function createPollStore(table: Table): PollStore {
  const locks = createLocks(table)
  return {
    async read(repository) {
      const item = await table.get(pollKey(repository))
      return item && decode(item)
    },

    async all() {
      return (await table.query({ pk: POLLS, limit: MOST_REPOSITORIES })).items.map(decode)
    },

    async save({ repository, ...rest }) {
      const version = rest.version + 1
      await table.put({ ...pollKey(repository), kind: 'poll', ...rest, version })
    },

    async mirror(repository, number) {
      const item = await table.get(mirrorKey(repository, number), { consistent: true })
      return item && (mirrored.parse(item) satisfies Mirror)
    },

    closedUntil: () => closedUntil(table),
    closeUntil: (until) => closeUntil(table, until),

    lock: (name, holder, now, until) => locks.acquire(name, holder, now, until),
    unlock: (name, token) => locks.release(name, token),
  }
}

function decode(item: Item): PollRecord {
  const { sk: repository, ...rest } = stored.parse(item)
  return { repository, ...rest }
}
