/** What is owed to GitHub, in the table: one debt per issue, struck off when it is paid, set aside when it is refused. */
import * as z from 'zod'
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Left, OwedWrite, WriteLedger } from '#lib/github/ports'
import { absent, debtStands, notNewerThan } from './conditions.ts'
import { decodeDebt, decodeStanding, encodeDebt, merged, readable } from './debt-codec.ts'
import { closeUntil } from './gate.ts'
import { BUDGET, mirrorKey, OWED, owedKey, STANDING } from './keys.ts'
import { createLocks } from './locks.ts'
import { createRefusals, type Refusals } from './refused.ts'
import type { Table } from './table.ts'

export interface Ledger extends WriteLedger, Omit<Refusals, 'add'> {
  /** Adds a debt, or merges it into the one that stands for this issue. Safe to repeat, and to repeat late. */
  owe(write: OwedWrite): Promise<void>
}

const budgeted = z.object({
  spent: z.array(z.number()).default([]),
  closed_until: z.number().default(0),
  retried: z.array(z.number()).optional(),
})

/** Debts read to find the oldest: all that can pile up while GitHub is away for a night. */
const PAGE = 500
/** Concurrent debts of one issue settle in a round or two. */
const MAX_ROUNDS = 8
const LOCK = 'github-writes'

export function createLedger(table: Table, clock: Clock): Ledger {
  const locks = createLocks(table)
  const { add, ...refusals } = createRefusals(table, {
    clock,
    owe: (write) => owe(table, write, { evenIfShown: true }),
    shows: (write) => isPaid(table, write),
  })
  return {
    ...refusals,
    owe: (write) => owe(table, write),

    async owed(limit, onUnreadable) {
      const debts: OwedWrite[] = []
      let cursor: string | undefined
      do {
        const page = await table.query({ pk: OWED, limit: PAGE, cursor, consistent: true })
        debts.push(...readable(page.items, decodeDebt, onUnreadable))
        cursor = page.cursor
      } while (cursor !== undefined)
      return debts.toSorted((a, b) => wasRefused(a) - wasRefused(b) || a.owed_since - b.owed_since).slice(0, limit)
    },

    async begin(write) {
      const begun = await table.change(keyOf(write), { set: { begun: true } }, standsAs(write))
      return begun.kind === 'done'
    },

    async settle(write) {
      // First the proof, then the debt: the other way round a crash would leave GitHub ahead of what we know.
      await prove(table, write)
      const struck = await table.remove(keyOf(write), standsAs(write))
      return struck.kind === 'done'
    },

    async keep(write, left) {
      if (left.labels_shown && !write.labels_shown) await prove(table, write)
      const kept = await table.change(keyOf(write), { set: setOf(left) }, standsAs(write))
      return kept.kind === 'done'
    },

    async setAside(write, left) {
      if (left.labels_shown && !write.labels_shown) await prove(table, write)
      // First there, then away here: a crash in between repeats the last try.
      await add({ ...write, ...left })
      await table.remove(keyOf(write), standsAs(write))
    },

    async standing() {
      const item = await table.get(STANDING, { consistent: true })
      return item && decodeStanding(item)
    },

    async saveStanding({ unreadable, named, ...standing }) {
      const item = { ...STANDING, kind: 'standing', ...standing, named: [...named] }
      await table.put({ ...item, ...(unreadable && { unreadable: [...unreadable] }) })
    },

    async budget() {
      return budgeted.parse((await table.get(BUDGET, { consistent: true })) ?? {})
    },

    async saveBudget({ spent, closed_until, retried = [] }) {
      const set = { kind: 'budget', spent: [...spent], ...(retried.length > 0 && { retried: [...retried] }) }
      await table.change(BUDGET, { set, drop: retried.length > 0 ? [] : ['retried'] })
      if (closed_until > 0) await closeUntil(table, closed_until)
    },

    lock: (holder, until) => locks.acquire(LOCK, holder, clock.now(), until),
    unlock: (token) => locks.release(LOCK, token),
  }
}

const wasRefused = ({ trouble }: OwedWrite): number => ((trouble?.refusals ?? 0) > 0 ? 1 : 0)

/** A debt as it was read, apart from tries begun since. */
const standsAs = ({ version, comments }: OwedWrite) => debtStands({ version, comments })

/** What GitHub shows. A flusher that was overtaken must not take back what a quicker one has shown since. */
async function prove(table: Table, { repository, number, generation, version }: OwedWrite): Promise<void> {
  await table.put({ ...mirrorKey(repository, number), kind: 'mirror', generation, version }, notNewerThan(version))
}

function setOf({ labels_shown = false, comments, trouble }: Left): Readonly<Record<string, unknown>> {
  return { labels_shown, comments: comments.map((comment) => ({ ...comment })), ...(trouble && { trouble }) }
}

async function owe(table: Table, write: OwedWrite, { evenIfShown = false } = {}): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const item = await table.get(keyOf(write), { consistent: true })
    const before = item && decodeDebt(item)
    const after = merged(before, write)
    // Looked up after the debt: what is paid shows first and is struck off then.
    if (after === before || (!evenIfShown && (await isPaid(table, write)))) return
    const condition = before === undefined ? absent : debtStands(before)
    if ((await table.put(encodeDebt(keyOf(write), 'owed', after), condition)).kind === 'done') return
  }
  throw new AppError('unavailable', 'A write owed to GitHub is being changed by several processes.', { retryAfter: 1 })
}

/** True when GitHub has been made to show this version or a newer one: the change it comes from is told once more. */
async function isPaid(table: Table, { repository, number, version }: OwedWrite): Promise<boolean> {
  const mirror = await table.get(mirrorKey(repository, number), { consistent: true })
  return mirror !== undefined && Number(mirror['version']) >= version
}

const keyOf = (write: OwedWrite) => owedKey(write.repository, write.number)
