/** Parked events on the table: each event an item in its line, each line an item in the sink's list. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { anyEnvelope, type Entity, type Envelope } from '#lib/events/envelope'
import type { Failure, Line, ParkingStore } from '#lib/events/parking'
import type { Ids } from '#lib/ids'
import { absent, stillHas, unchangedSince } from './conditions.ts'
import { createLocks } from './locks.ts'
import { deadKey, deadOf, eventsOf, lineKey, linesOf, parkedKey, restKey } from './parked-keys.ts'
import type { Item, Table } from './table.ts'

const storedLine = z.object({
  sink: z.string(),
  entity: z.object({ kind: z.string(), id: z.string() }),
  since: z.number(),
  attempts: z.number(),
  refusals: z.number().default(0),
  not_before: z.number(),
  error: z.string(),
  version: z.number(),
})
const storedEvent = z.object({ event: anyEnvelope })
const storedDead = storedEvent.extend({ error: z.string(), at: z.number() })
const storedRest = z.object({
  failures: z.number().default(0),
  until: z.number().default(0),
  behind: z.object({ entities: z.number(), more: z.boolean(), since: z.number() }).nullable().default(null),
})
const namedRest = storedRest.extend({ sk: z.string() })
/** Sinks are a handful. */
const MOST_SINKS = 50

/** Lines read at once: a few hundred bytes each. */
const PAGE = 200
/** A line that is closed and opened by others just now settles in a round or two. */
const MAX_ROUNDS = 5

export function createParkingStore(table: Table, ids: Ids): ParkingStore {
  const locks = createLocks(table)
  const lockName = (sink: string): string => `redeliver-${sink}`
  return {
    async line(sink, entity) {
      const item = await table.get(lineKey(sink, entity), { consistent: true })
      return item && storedLine.parse(item)
    },

    async append(sink, event, opening) {
      // First the event, then the line: a line without an event is closed by the next run, the other way round one is lost.
      await table.put({ ...parkedKey(sink, event), kind: 'parked', event })
      await lengthen(table, { sink, entity: event.entity, ...opening })
    },

    async lines(sink, cursor) {
      const page = await table.query({ pk: linesOf(sink), limit: PAGE, cursor, consistent: true })
      const lines = page.items.map((item) => storedLine.parse(item))
      return page.cursor === undefined ? { lines } : { lines, cursor: page.cursor }
    },

    async first({ sink, entity }, limit) {
      return events(table, eventsOf(sink, entity), limit)
    },

    async remove(sink, event) {
      await table.remove(parkedKey(sink, event))
    },

    async postpone({ sink, entity }, { attempts, refusals, not_before, error }: Failure) {
      const set = { attempts, refusals, not_before, error }
      await table.change(lineKey(sink, entity), { set }, stillHas('kind', LINE))
    },

    async close({ sink, entity, version }) {
      await table.remove(lineKey(sink, entity), unchangedSince(version))
    },

    async bury(sink, event, error, now) {
      await table.put({ ...deadKey(sink, event), kind: 'dead', event, error, at: now })
      await table.remove(parkedKey(sink, event))
    },

    async dead(sink, limit) {
      const { items } = await table.query({ pk: deadOf(sink), limit, consistent: true })
      return items.map((item) => storedDead.parse(item))
    },

    async exhume(sink, event) {
      await table.remove(deadKey(sink, event))
    },

    async rest(sink) {
      return storedRest.parse((await table.get(restKey(sink), { consistent: true })) ?? {})
    },

    async rests() {
      const { items } = await table.query({ pk: restKey('').pk, limit: MOST_SINKS })
      return items.map((item) => {
        const { sk: sink, ...rest } = namedRest.parse(item)
        return { sink, ...rest }
      })
    },

    async setRest(sink, { failures, until, behind }) {
      await table.put({ ...restKey(sink), kind: 'rest', failures, until, behind })
    },

    lock: (sink, now, until) => locks.acquire(lockName(sink), ids.uuid(), now, until),
    unlock: (sink, token) => locks.release(lockName(sink), token),
  }
}

const LINE = 'line'

async function lengthen(table: Table, opening: Omit<Line, 'version'> & { readonly entity: Entity }): Promise<void> {
  const key = lineKey(opening.sink, opening.entity)
  const fresh: Item = { ...key, kind: LINE, ...opening, version: 1 }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if ((await table.put(fresh, absent)).kind === 'done') return
    if ((await table.change(key, { set: {}, add: { version: 1 } }, stillHas('kind', LINE))).kind === 'done') return
  }
  throw new AppError('unavailable', 'A line of parked events is being changed by several processes.', { retryAfter: 1 })
}

async function events(table: Table, pk: string, limit: number): Promise<readonly Envelope[]> {
  const { items } = await table.query({ pk, limit, consistent: true })
  return items.map((item) => storedEvent.parse(item).event)
}
