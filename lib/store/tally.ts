/** What each day brought: dollars spent on work and issues finished by the hour, one item a day, added up from the stream. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import * as z from 'zod'
import { fromTimestamp, type Instant, toTimestamp } from '#lib/clock'
import type { JobChange } from '#lib/events/change'
import { TALLY, tallyKey } from './keys.ts'
import type { Changed, Table } from './table.ts'

export interface Tally {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string
  readonly usd: number
}

/** One addition to a day's tally, as the stream tells it. */
export interface TallyChange {
  readonly at: Instant
  readonly before: Tally
  readonly after: Tally
}

export interface Tallies {
  /** Dollars that workers reported on this day (UTC); half a read unit. */
  spentOn(day: string): Promise<number>
  /** Issues finished in the 60 minutes before `now`, the hour cut off in proportion; at most a read unit. */
  finishedLastHour(now: Instant): Promise<number>
}

const stored = z.looseObject({ sk: z.string(), usd: z.number().default(0) })
const HOUR_MS = 3_600_000
/** Three days: the day before is looked at for an hour, and a person may ask about yesterday. */
const KEPT_MS = 72 * HOUR_MS

const dayOf = (at: Instant): string => toTimestamp(at).slice(0, 10)
const finishedIn = (at: Instant): string => `finished_${toTimestamp(at).slice(11, 13)}`

/** What a batch adds, day by day; nothing for the days on which nothing was spent or finished. */
export function talliesOf(batch: readonly JobChange[]): readonly Changed[] {
  const days = new Map<string, Record<string, number>>()
  for (const change of batch) {
    const { changed_at } = change.after
    const sums = days.get(dayOf(changed_at)) ?? {}
    for (const [name, value] of [...spent(change), ...finished(change)]) sums[name] = (sums[name] ?? 0) + value
    days.set(dayOf(changed_at), sums)
  }
  return [...days]
    .filter(([, sums]) => Object.keys(sums).length > 0)
    .map(([day, add]) => ({
      key: tallyKey(day),
      change: { set: { kind: 'tally', ttl: Math.ceil((fromTimestamp(day) + KEPT_MS) / 1000) }, add },
    }))
}

function spent({ before, after }: JobChange): [string, number][] {
  // A job without a record was never leased, so that nothing was spent on it.
  const usd = after.usage.cost_usd - (before?.usage.cost_usd ?? 0)
  return usd > 0 ? [['usd', Math.round(usd * 1e6) / 1e6]] : []
}

function finished({ before, after }: JobChange): [string, number][] {
  const isEnd = after.state.kind === 'finished' && before?.state.kind !== 'finished'
  return isEnd && after.state.finish.outcome !== 'withdrawn' ? [[finishedIn(after.changed_at), 1]] : []
}

export function createTallies(table: Table): Tallies {
  return {
    async spentOn(day) {
      return stored.parse((await table.get(tallyKey(day))) ?? { sk: day }).usd
    },

    async finishedLastHour(now) {
      const then = now - HOUR_MS
      const items = await table.getMany([...new Set([now, then].map(dayOf))].map(tallyKey))
      const at = (moment: Instant) => Number(items.find(({ sk }) => sk === dayOf(moment))?.[finishedIn(moment)] ?? 0)
      return at(now) + at(then) * (1 - (now % HOUR_MS) / HOUR_MS)
    },
  }
}

/** The addition a record of the stream tells of; undefined when it is none. */
export function tallyChangeOf(record: DynamoDBRecord): TallyChange | undefined {
  const keys = record.dynamodb?.Keys
  const day = keys?.['sk']?.S
  if (keys?.['pk']?.S !== TALLY || day === undefined || record.dynamodb?.NewImage === undefined) return undefined
  const at = Math.floor(Number(record.dynamodb.ApproximateCreationDateTime ?? 0) * 1000)
  return { at, before: read(record.dynamodb.OldImage, day), after: read(record.dynamodb.NewImage, day) }
}

function read(image: unknown, day: string): Tally {
  const item = image === undefined ? { sk: day } : unmarshall(image as Record<string, AttributeValue>)
  return { day, usd: stored.parse(item).usd }
}
