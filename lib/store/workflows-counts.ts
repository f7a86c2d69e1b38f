/** Runs counted by state, from the table's stream: each batch counts once, however often it is delivered. */
import * as z from 'zod'
import type { Instant } from '#lib/clock'
import type { WorkflowCounts } from '#lib/workflows/ports'
import { stateName } from '#lib/workflows/standing'
import type { Table } from './table.ts'
import type { WorkflowChange } from './workflow-stream.ts'
import { WORKFLOW_COUNTS, workflowsCountedKey } from './workflows-keys.ts'

/** One record of the stream: its id, the same at each delivery, and the transition it tells of, if any. */
export interface CountedRecord {
  readonly id: string
  readonly change: WorkflowChange | undefined
}

export interface WorkflowCounter {
  read(): Promise<WorkflowCounts>
  /** Adds what a batch of the stream changed. A batch that comes again, even with more records behind, counts once. */
  add(batch: readonly CountedRecord[], now: Instant): Promise<void>
}

const stored = z.object({ kind: z.string().optional(), pk: z.string(), sk: z.string() }).catchall(z.number())
const PREFIX = 'in_'
/** The stream forgets a record after 24 hours; a batch cannot come again after twice that. */
const REMEMBER_MS = 48 * 3_600_000

export function createWorkflowCounts(table: Table): WorkflowCounter {
  return {
    async read() {
      const item = await table.get(WORKFLOW_COUNTS)
      if (item === undefined) return {}
      const counts = Object.entries(stored.parse(item)).filter(([name]) => name.startsWith(PREFIX))
      return Object.fromEntries(counts.map(([name, count]) => [name.slice(PREFIX.length), Number(count)]))
    },

    async add(batch, now) {
      const ttl = Math.ceil((now + REMEMBER_MS) / 1000)
      let rest = batch
      for (let first = rest[0]; first !== undefined; first = rest[0]) {
        const total = totalOf(rest)
        if (Object.values(total).every((by) => by === 0)) return
        const marker = { ...workflowsCountedKey(first.id), kind: 'counted', through: rest.at(-1)?.id, ttl }
        const change = { set: { kind: 'counts' }, add: total }
        const written = await table.putAndChange(marker, { key: WORKFLOW_COUNTS, change })
        rest = written.kind === 'done' ? [] : behind(rest, written.current?.['through'])
      }
    },
  }
}

/** The records behind the one that an earlier delivery of this batch ended with. */
function behind(batch: readonly CountedRecord[], through: unknown): readonly CountedRecord[] {
  return batch.slice(batch.findIndex(({ id }) => id === through) + 1 || batch.length)
}

/** By how much each count changes. */
function totalOf(batch: readonly CountedRecord[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const { change } of batch) {
    if (change === undefined) continue
    const from = change.before && stateName(change.before.state)
    const to = stateName(change.after.state)
    if (from === to) continue
    if (from !== undefined) total[PREFIX + from] = (total[PREFIX + from] ?? 0) - 1
    total[PREFIX + to] = (total[PREFIX + to] ?? 0) + 1
  }
  return total
}
