/** What runs add up to: spending by day, counts over all time, and one small summary per run in the order of time. */
import * as z from 'zod'
import type { RunStore, Summary } from '#lib/councils/store-ports'
import { AppError } from '#lib/errors'
import type { Change } from './conditions.ts'
import { decodeSummary, encodeSummary } from './councils-codec.ts'
import { COUNCIL_COUNTS, countedWaveKey, ENDED_RUNS, endedKey, openKey, spentKey } from './councils-keys.ts'
import type { Cursor } from './cursor.ts'
import type { Item, Key, Table } from './table.ts'

type Figures = Pick<RunStore, 'count' | 'spentOn' | 'settle' | 'ended' | 'totals'>

const ROLE = 'role_'
/** Summaries of one read. */
const PAGE = 1_000
/** Runs that end in the same moment meet in the counters; each try lets one of them through. */
const MAX_TRIES = 10

const spent = z.object({ tokens: z.number().default(0), usd: z.number().default(0) })
const totals = z.object({
  deliberations: z.number().default(0),
  orchestrations: z.number().default(0),
  ms: z.number().default(0),
})

export function createRunFigures(table: Table): Figures {
  return {
    async count(executionId, wave, day, { tokens, usd }) {
      const marker = { ...countedWaveKey(executionId, wave), kind: 'council_counted', day }
      const change = { set: { kind: 'council_spent' }, add: { tokens, usd } }
      await once(table, { marker, key: spentKey(day), change })
    },

    async spentOn(day) {
      return spent.parse((await table.get(spentKey(day), { consistent: true })) ?? {})
    },

    async settle(summary) {
      const { at, execution_id } = summary
      const marker = { ...endedKey(at, execution_id), ...encodeSummary(summary) }
      await once(table, { marker, key: COUNCIL_COUNTS, change: countsOf(summary) })
      await table.remove(openKey(execution_id))
    },

    async ended(since, max) {
      const found: Summary[] = []
      let cursor: Cursor | undefined
      do {
        const query = { pk: ENDED_RUNS, limit: Math.min(PAGE, max - found.length), cursor, descending: true }
        const page = await table.query(query)
        const fresh = page.items.map(decodeSummary).filter(({ at }) => at >= since)
        found.push(...fresh)
        cursor = fresh.length < page.items.length ? undefined : page.cursor
      } while (cursor !== undefined && found.length < max)
      return found
    },

    async totals() {
      const item = (await table.get(COUNCIL_COUNTS)) ?? {}
      const roles = Object.entries(item).filter(([name]) => name.startsWith(ROLE))
      const by_role = Object.fromEntries(roles.map(([name, count]) => [roleOf(name), Number(count)]))
      return { ...totals.parse(item), by_role }
    },
  }
}

/** Completed runs count; of failed ones the summary alone is kept. */
function countsOf({ completed, kind, role, ms }: Summary): Change {
  const set = { kind: 'counts' }
  if (!completed) return { set }
  const role1 = { [attributeOf(role)]: 1 }
  return kind === 'deliberation'
    ? { set, add: { deliberations: 1, ms, ...role1 } }
    : { set, add: { orchestrations: 1, ...role1 } }
}

/** A role as the name of an attribute, which may have letters, digits and "_" where it stands in an expression. */
function attributeOf(role: string): string {
  return ROLE + role.replace(/[_-]/g, (sign) => (sign === '_' ? '_5f' : '_2d'))
}

function roleOf(attribute: string): string {
  return attribute.slice(ROLE.length).replace(/_(5f|2d)/g, (_, code: string) => (code === '5f' ? '_' : '-'))
}

interface Once {
  readonly marker: Item
  readonly key: Key
  readonly change: Change
}

/** The change with its marker, both or neither: a marker that stands says that it was done before. */
async function once(table: Table, { marker, key, change }: Once): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await table.putAndChange(marker, { key, change })
      return
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable' || tries === MAX_TRIES) throw error
    }
  }
}
