/** The money of a day: once it is spent no lease is given, and those that stand are taken back, until the next day in UTC. */
import { type Instant, toTimestamp } from '#lib/clock'

/** A day in UTC, `YYYY-MM-DD`. */
export type Day = string

export interface DayBudgetPorts {
  /** Dollars of one day. */
  readonly usdPerDay: number
  /** What workers have reported on a day so far; a moment behind. */
  readonly spentOn: (day: Day) => Promise<number>
}

/** Why no lease is given, and when the next may be. */
export interface Closed {
  readonly reason: string
  readonly until: Instant
}

/** Undefined while there is money left. `more` is usage that the sum cannot know yet. Throws what the store throws. */
export type DayBudget = (now: Instant, more?: number) => Promise<Closed | undefined>

/** A sum is believed for so long: a crowd of askers reads it once. It is a moment behind the workers anyway. */
const FRESH_MS = 1_000
const DAY_MS = 86_400_000

const dayOf = (at: Instant): Day => toTimestamp(at).slice(0, 10)

export function createDayBudget({ usdPerDay, spentOn }: DayBudgetPorts): DayBudget {
  let known: { readonly day: Day; readonly at: Instant; readonly usd: number } | undefined

  async function spent(now: Instant): Promise<number> {
    const day = dayOf(now)
    const fresh = known !== undefined && known.day === day && now >= known.at && now - known.at < FRESH_MS
    if (fresh && known !== undefined) return known.usd
    known = { day, at: now, usd: await spentOn(day) }
    return known.usd
  }

  return async (now, more = 0) => judgeDay(usdPerDay, (await spent(now)) + more, now)
}

/** The verdict on a sum of dollars spent on the day of `now`. */
export function judgeDay(usdPerDay: number, spent: number, now: Instant): Closed | undefined {
  if (!reaches(spent, usdPerDay)) return undefined
  const until = (Math.floor(now / DAY_MS) + 1) * DAY_MS
  const reason = `The budget of ${usdPerDay} USD for ${dayOf(now)} is spent. Work goes on at ${toTimestamp(until)}.`
  return { reason, until }
}

/** Compared by the millionth of a dollar: below that lies the dust of binary fractions. */
export function reaches(spent: number, budget: number): boolean {
  return Math.round(spent * 1e6) >= Math.round(budget * 1e6)
}
