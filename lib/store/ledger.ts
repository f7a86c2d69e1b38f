/** What is owed to GitHub, in the table: one debt per issue, struck off when it is paid. */
import * as z from 'zod'
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { OwedWrite, WriteLedger } from '#lib/github/ports'
import { absent, debtStands, notNewerThan } from './conditions.ts'
import { closeUntil } from './gate.ts'
import { BUDGET, mirrorKey, OWED, owedKey } from './keys.ts'
import { createLocks } from './locks.ts'
import type { Item, Table } from './table.ts'

export interface Ledger extends WriteLedger {
  /** Adds a debt, or merges it into the one that stands for this issue. Safe to repeat, and to repeat late. */
  owe(write: OwedWrite): Promise<void>
}

const stored = z.object({
  repository: z.string(),
  number: z.number(),
  generation: z.number(),
  version: z.number(),
  state_label: z.string().nullable().default(null),
  remove_labels: z.array(z.string()),
  comments: z.array(z.object({ marker: z.string(), text: z.string() })),
  begun: z.boolean(),
  owed_since: z.number(),
})

const budgeted = z.object({ spent: z.array(z.number()).default([]), closed_until: z.number().default(0) })

/** Debts read to find the oldest: all that can pile up while GitHub is away for a night. */
const PAGE = 500
/** Concurrent debts of one issue settle in a round or two. */
const MAX_ROUNDS = 8
const LOCK = 'github-writes'

export function createLedger(table: Table, clock: Clock): Ledger {
  const locks = createLocks(table)
  return {
    owe: (write) => owe(table, write),

    async owed(limit) {
      const debts: OwedWrite[] = []
      let cursor: string | undefined
      do {
        const page = await table.query({ pk: OWED, limit: PAGE, cursor, consistent: true })
        debts.push(...page.items.map(decode))
        cursor = page.cursor
      } while (cursor !== undefined)
      return debts.toSorted((a, b) => a.owed_since - b.owed_since).slice(0, limit)
    },

    async begin(write) {
      const { version, comments } = write
      const begun = await table.change(keyOf(write), { set: { begun: true } }, debtStands({ version, comments }))
      return begun.kind === 'done'
    },

    async settle(write) {
      const { repository, number, generation, version, comments } = write
      // First the proof, then the debt: the other way round a crash would leave GitHub ahead of what we know.
      // A flusher that was overtaken must not take back what a quicker one has shown since.
      await table.put({ ...mirrorKey(repository, number), kind: 'mirror', generation, version }, notNewerThan(version))
      const struck = await table.remove(keyOf(write), debtStands({ version, comments }))
      return struck.kind === 'done'
    },

    async budget() {
      return budgeted.parse((await table.get(BUDGET, { consistent: true })) ?? {})
    },

    async saveBudget({ spent, closed_until }) {
      await table.change(BUDGET, { set: { kind: 'budget', spent: [...spent] } })
      if (closed_until > 0) await closeUntil(table, closed_until)
    },

    lock: (holder, until) => locks.acquire(LOCK, holder, clock.now(), until),
    unlock: (token) => locks.release(LOCK, token),
  }
}

async function owe(table: Table, write: OwedWrite): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const item = await table.get(keyOf(write), { consistent: true })
    const before = item && decode(item)
    const after = merged(before, write)
    if (after === before || (await isPaid(table, write))) return
    const condition = before === undefined ? absent : debtStands(before)
    if ((await table.put(encode(after), condition)).kind === 'done') return
  }
  throw new AppError('unavailable', 'A write owed to GitHub is being changed by several processes.', { retryAfter: 1 })
}

/** True when GitHub has been made to show this version or a newer one: the change it comes from is told once more. */
async function isPaid(table: Table, { repository, number, version }: OwedWrite): Promise<boolean> {
  const mirror = await table.get(mirrorKey(repository, number), { consistent: true })
  return mirror !== undefined && Number(mirror['version']) >= version
}

/** The debt after `write` is added to what is owed already. */
export function merged(before: OwedWrite | undefined, write: OwedWrite): OwedWrite {
  if (before === undefined) return write
  const known = new Set(before.comments.map(({ marker }) => marker))
  const fresh = write.comments.filter(({ marker }) => !known.has(marker))
  if (write.version <= before.version && fresh.length === 0) return before
  const { version, generation, state_label, remove_labels } = write.version > before.version ? write : before
  const comments = [...before.comments, ...fresh]
  return { ...before, version, generation, state_label, remove_labels, comments }
}

const keyOf = (write: OwedWrite) => owedKey(write.repository, write.number)

function encode(write: OwedWrite): Item {
  return {
    ...keyOf(write),
    kind: 'owed',
    ...write,
    remove_labels: [...write.remove_labels],
    comments: write.comments.map((comment) => ({ ...comment })),
  }
}

function decode(item: Item): OwedWrite {
  return stored.parse(item)
}
