/** Jobs counted by state, from the table's stream: each batch of changes counts once, however often it is delivered. */
import * as z from 'zod'
import type { Instant } from '#lib/clock'
import { isFirst, type JobChange } from '#lib/events/change'
import type { QueueCounts } from '#lib/queue/ports'
import { statusOf } from '#lib/queue/views'
import { absent } from './conditions.ts'
import { COUNTS, countedKey } from './keys.ts'
import type { Item, Table } from './table.ts'
import { talliesOf } from './tally.ts'

type Bucket = keyof QueueCounts

export interface Counts {
  read(): Promise<QueueCounts>
  /** Adds what a batch of the stream changed. What comes again, in a longer batch or a shorter one, counts once. */
  add(batch: readonly Entry[], now: Instant): Promise<void>
}

/** One record of the stream: its id, the same at each delivery, and the change of a job it tells of, if any. */
export interface Entry {
  readonly id: string
  readonly change: JobChange | undefined
}

const count = z.number().default(0)
const stored = z.object({ pending: count, in_progress: count, completed: count, failed: count, withdrawn: count })

const marked = z.object({ ids: z.array(z.string()).min(1) })

const NONE: QueueCounts = { pending: 0, in_progress: 0, completed: 0, failed: 0, withdrawn: 0 }
/** The stream forgets a record after 24 hours; a batch cannot come again after twice that. */
const REMEMBER_MS = 48 * 3_600_000

export function createCounts(table: Table): Counts {
  return {
    async read() {
      return stored.parse((await table.get(COUNTS)) ?? {})
    },

    async add(batch, now) {
      const ttl = Math.ceil((now + REMEMBER_MS) / 1000)
      let rest = batch.filter(({ change }) => change !== undefined)
      while (rest.length > 0) {
        const marker = markerOf(rest.map(({ id }) => id))
        const sum = { set: { kind: 'counts' }, add: totalOf(rest) }
        const written = await table.putAndChange(
          { ...marker, ttl },
          { key: COUNTS, change: sum },
          ...talliesOf(changesOf(rest)),
        )
        if (written.kind === 'done') return
        const counted = new Set(marked.parse(written.current).ids)
        const come = new Set(rest.map(({ id }) => id))
        const [next, ...others] = [...counted].filter((id) => !come.has(id))
        // Shorter than it was: the next batch begins with a record that is counted already.
        if (next !== undefined) await table.put({ ...markerOf([next, ...others]), ttl }, absent)
        // By their ids, not their places: a record that could not be read the first time may be among them now.
        rest = rest.filter(({ id }) => !counted.has(id))
      }
    },
  }
}

/** These records have been counted. Kept under the first of them, for a batch comes again from where it began. */
function markerOf(ids: readonly string[]): Item {
  return { ...countedKey(ids[0] ?? ''), kind: 'counted', ids: [...ids] }
}

const changesOf = (batch: readonly Entry[]) => batch.flatMap(({ change }) => (change === undefined ? [] : [change]))

/** By how much each count changes. */
function totalOf(batch: readonly Entry[]): Record<Bucket, number> {
  const total = { ...NONE } as Record<Bucket, number>
  for (const { change } of batch) {
    if (change === undefined) continue
    const from = bucketBefore(change)
    const to = statusOf(change.after)
    if (from === to) continue
    if (from !== undefined) total[from] -= 1
    total[to] += 1
  }
  return total
}

function bucketBefore(change: JobChange): Bucket | undefined {
  if (change.before !== undefined) return statusOf(change.before)
  // The first record of a job is written when it leaves the line, where its ticket counted as pending.
  return isFirst(change) ? undefined : 'pending'
}
