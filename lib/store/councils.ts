/** Runs of councils in the table: the run, its brief and outputs, and the lists that lead to it. */
import type { Brief, Loaded, Output, Run } from '#lib/councils/run'
import type { RunStore } from '#lib/councils/store-ports'
import { AppError } from '#lib/errors'
import { absent } from './conditions.ts'
import {
  decodeBrief,
  decodeCard,
  decodeOutput,
  decodeRun,
  encodeBrief,
  encodeOutput,
  encodeRun,
} from './councils-codec.ts'
import { freeAt, heldBy } from './councils-conditions.ts'
import { createRunFigures } from './councils-figures.ts'
import * as keys from './councils-keys.ts'
import type { Cursor } from './cursor.ts'
import type { Item, Key, Table } from './table.ts'

/** Told of items this code cannot read, e.g. written by a newer version. They are left alone. */
export type OnUnknown = (key: Key, cause: unknown) => void

/** Items of one read; DynamoDB ends a page at 1 MB by itself. */
const PAGE = 500

export function createRunStore(table: Table, onUnknown: OnUnknown): RunStore {
  return {
    ...createRunFigures(table),

    async create(run, brief) {
      // A run is only ever found with all that it needs, and its open card leads to it if we die now.
      await Promise.all([table.put(encodeBrief(run, brief)), table.put(openCardOf(run, brief))])
      const written = await table.put(encodeRun(run), absent)
      const stored = written.kind === 'done' || written.current === undefined ? run : decodeRun(written.current)
      if (stored.seed === run.seed) await enlist(stored)
      else await table.remove(keys.briefKey(run.execution_id, run.seed))
      return stored
    },

    find,
    load: (executionId) => load(table, executionId),

    async take(executionId, holder, { now, until }) {
      const run = await find(executionId)
      if (run === undefined || run.standing.kind !== 'open' || run.lease.until > now) return undefined
      const lease = { fence: run.lease.fence + 1, holder, until }
      const written = await table.change(keys.runKey(executionId), { set: { lease } }, freeAt(run.lease))
      // The reply of our own write may have been lost: then it is our name that stands there.
      const isOurs = written.kind === 'done' || holderOf(written.current) === holder
      if (!isOurs) return undefined
      // Its creator may have died before it was listed.
      await enlist(run)
      return { ...run, lease }
    },

    async renew(executionId, lease) {
      const written = await table.change(keys.runKey(executionId), { set: { lease } }, heldBy(lease.fence))
      return written.kind === 'done'
    },

    async finish(executionId, fence, standing) {
      const written = await table.change(keys.runKey(executionId), { set: { standing } }, heldBy(fence))
      if (written.kind === 'done') return true
      // As above: our own end stands there, though nobody told us.
      const current = written.current && decodeRun(written.current)
      return current?.lease.fence === fence && current.standing.kind === standing.kind
    },

    async keep(executionId, output): Promise<Output> {
      const written = await table.put(encodeOutput(executionId, output), absent)
      return written.kind === 'refused' && written.current !== undefined ? decodeOutput(written.current) : output
    },

    async open(limit, cursor) {
      const page = await table.query({ pk: keys.OPEN_RUNS, limit, cursor, consistent: true })
      const items = page.items.map(decodeCard)
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    async list(role, limit, cursor) {
      const page = await table.query({ pk: keys.runsOf(role), limit, cursor, descending: true })
      const ids = page.items.map((item) => String(item['execution_id']))
      const found = new Map((await table.getMany(ids.map(keys.runKey))).map((item) => [item.pk, item]))
      const inOrder = ids.flatMap((id) => found.get(keys.runOf(id)) ?? [])
      const items = readable(inOrder, onUnknown)
      return page.cursor === undefined ? { items } : { items, cursor: page.cursor }
    },

    async point(taskId, execution_id) {
      await table.put({ ...keys.taskKey(taskId), kind: 'council_task', execution_id })
    },

    async pointed(taskId) {
      const item = await table.get(keys.taskKey(taskId), { consistent: true })
      return typeof item?.['execution_id'] === 'string' ? item['execution_id'] : undefined
    },
  }

  async function enlist({ execution_id, role, created_at }: Run): Promise<void> {
    const card = { kind: 'council_card', execution_id }
    const lists = [undefined, role].map((list) => keys.listedKey(list, created_at, execution_id))
    await Promise.all(lists.map((key) => table.put({ ...key, ...card })))
  }

  async function find(executionId: string): Promise<Run | undefined> {
    const item = await table.get(keys.runKey(executionId), { consistent: true })
    return item && decodeRun(item)
  }
}

/** Everything of a run in one query, strongly consistent; undefined when there is none. */
async function load(table: Table, executionId: string): Promise<Loaded | undefined> {
  const items: Item[] = []
  let cursor: Cursor | undefined
  do {
    const page = await table.query({ pk: keys.runOf(executionId), limit: PAGE, cursor, consistent: true })
    items.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  const run = items.find(({ sk }) => sk === keys.RUN)
  if (run === undefined) return undefined
  const { sk: briefSk } = keys.briefKey(executionId, String(run['seed']))
  const brief = items.find(({ sk }) => sk === briefSk)
  if (brief === undefined) throw new AppError('internal', `The run ${executionId} has lost its brief.`)
  return {
    run: decodeRun(run),
    brief: decodeBrief(brief),
    outputs: items.filter(({ sk }) => sk.startsWith(keys.OUTPUTS)).map(decodeOutput),
    counted: items.filter(({ sk }) => sk.startsWith(keys.COUNTED)).map(({ sk }) => sk.slice(keys.COUNTED.length)),
  }
}

/** What leads to a run until its figures are written, and says who works on it. */
function openCardOf({ execution_id, role }: Run, { agents, judge }: Brief): Item {
  const working = [...agents, ...(judge === null ? [] : [judge])].map(({ agent_id }) => agent_id)
  return { ...keys.openKey(execution_id), kind: 'council_open', execution_id, role, agents: working }
}

function holderOf(item: Item | undefined): string | undefined {
  return item && decodeRun(item).lease.holder
}

function readable(items: readonly Item[], onUnknown: OnUnknown): readonly Run[] {
  return items.flatMap((item) => {
    try {
      return [decodeRun(item)]
    } catch (cause) {
      onUnknown({ pk: item.pk, sk: item.sk }, cause)
      return []
    }
  })
}
