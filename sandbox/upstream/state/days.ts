/** Days as text, and the holidays everybody has. */
import type { Instant } from '#lib/clock'
import type { Day } from './model.ts'

const DAY_MS = 86_400_000

export const dayOf = (at: Instant): Day => new Date(at).toISOString().slice(0, 10)
const startOf = (day: Day): Instant => Date.parse(`${day}T00:00:00Z`)
export const plusDays = (day: Day, days: number): Day => dayOf(startOf(day) + days * DAY_MS)
export const daysBetween = (from: Day, to: Day): number => Math.round((startOf(to) - startOf(from)) / DAY_MS)
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(startOf(text)) && dayOf(startOf(text)) === text

export interface Holiday {
  readonly date: Day
  readonly name: string
}

const MONDAY = 1
const THURSDAY = 4
const date = (year: number, month: number, day: number): Day => dayOf(Date.UTC(year, month - 1, day))

/** The `n`th such weekday of a month. */
function nth(year: number, month: number, weekday: number, n: number): Day {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  return date(year, month, 1 + ((weekday - first + 7) % 7) + (n - 1) * 7)
}

/** US holidays of a year. */
function holidaysOf(year: number): readonly Holiday[] {
  return [
    { date: date(year, 1, 1), name: "New Year's Day" },
    { date: nth(year, 1, MONDAY, 3), name: 'Martin Luther King Jr. Day' },
    { date: plusDays(nth(year, 6, MONDAY, 1), -7), name: 'Memorial Day' },
    { date: date(year, 7, 4), name: 'Independence Day' },
    { date: nth(year, 9, MONDAY, 1), name: 'Labor Day' },
    { date: nth(year, 11, THURSDAY, 4), name: 'Thanksgiving Day' },
    { date: date(year, 12, 25), name: 'Christmas Day' },
  ]
}

/** The longest range that is looked through; a sprint takes weeks. */
const MOST_YEARS = 10

/** Holidays from `from` to `to`, both included, oldest first. */
export function holidaysBetween(from: Day, to: Day): readonly Holiday[] {
  const first = Number(from.slice(0, 4))
  const years = Math.min(Math.max(0, Number(to.slice(0, 4)) - first) + 1, MOST_YEARS)
  return Array.from({ length: years }, (_, at) => holidaysOf(first + at))
    .flat()
    .filter((holiday) => holiday.date >= from && holiday.date <= to)
}
