/**
 * When a schedule fires next: `Next` of robfig/cron v3.0.1, clock changes included. A run that falls into the hour that
 * is skipped in spring does not take place; one in the hour that is repeated in autumn takes place twice.
 */
import type { Instant } from '#lib/clock'
import type { Field } from './field.ts'
import type { FieldSchedule, Schedule } from './parse.ts'
import { type Civil, midnight, type Zone, zoneOf } from './zone.ts'

/** The library gives up when the year is more than this many years ahead. */
const YEARS = 5
/** Five years are about 2,000 steps. A zone that skips a whole day would otherwise be searched without end. */
const MAX_STEPS = 20_000
const MINUTE = 60
const HOUR = 3600
const JANUARY = 1
const NOON = 12

/**
 * The first run after `after`; null when there is none within five years. `timeZone` null means UTC, in which the
 * controller runs. Throws `RangeError` for a time zone that is not known.
 */
export function nextRun(schedule: Schedule, timeZone: string | null, after: Instant): Instant | null {
  const second = Math.floor(after / 1000)
  if (schedule.kind === 'every') return (second + schedule.seconds) * 1000
  if (allowsNothing(schedule)) return null
  const zone = zoneOf(timeZone ?? 'UTC')
  const next = search(stagesOf(schedule, zone), zone, second + 1)
  return next === null ? null : next * 1000
}

/** A field like `,` is valid and never matches: a search would try every minute of five years. */
function allowsNothing({ minute, hour, day, month, weekday }: FieldSchedule): boolean {
  const isEmpty = ({ allows }: Field) => !allows.includes(1)
  const both = day.star || weekday.star
  const noDay = both ? isEmpty(day) || isEmpty(weekday) : isEmpty(day) && isEmpty(weekday)
  return noDay || [minute, hour, month].some(isEmpty)
}

/** One part of a time, from the month down to the second. Times are seconds since 1970. */
interface Stage {
  matches(t: Civil): boolean
  /** The beginning of the part that `at` lies in. */
  floor(at: number, t: Civil): number
  step(at: number, t: Civil): number
  /** True when the step led into the next larger part. */
  isWrapped(t: Civil): boolean
}

interface Cursor {
  at: number
  /** Once anything was moved, the smaller parts are at their beginning. */
  isFloored: boolean
  steps: number
}

/** The first time from `from` on that all stages match. Whenever a part wraps, the larger ones are looked at again. */
function search(stages: readonly Stage[], zone: Zone, from: number): number | null {
  const limit = zone.local(from).year + YEARS
  const cursor: Cursor = { at: from, isFloored: false, steps: 0 }
  while (cursor.steps <= MAX_STEPS && zone.local(cursor.at).year <= limit) {
    if (stages.every((stage) => settle(stage, zone, cursor))) return cursor.at
  }
  return null
}

/** Moves ahead to where the stage matches. False when that led into the next larger part, or took too long. */
function settle(stage: Stage, zone: Zone, cursor: Cursor): boolean {
  while (!stage.matches(zone.local(cursor.at))) {
    cursor.steps += 1
    if (cursor.steps > MAX_STEPS) return false
    if (!cursor.isFloored) cursor.at = stage.floor(cursor.at, zone.local(cursor.at))
    cursor.isFloored = true
    cursor.at = stage.step(cursor.at, zone.local(cursor.at))
    if (stage.isWrapped(zone.local(cursor.at))) return false
  }
  return true
}

function stagesOf(schedule: FieldSchedule, zone: Zone): readonly Stage[] {
  const { month, hour, minute } = schedule
  return [
    {
      matches: (t) => month.allows[t.month] === 1,
      floor: (_, t) => zone.instant(midnight(t.year, t.month, 1)),
      step: (_, t) => zone.instant({ ...t, month: t.month + 1 }),
      isWrapped: (t) => t.month === JANUARY,
    },
    {
      matches: (t) => dayMatches(schedule, t),
      floor: (_, t) => zone.instant(midnight(t.year, t.month, t.day)),
      step: (_, t) => nextDay(zone, t),
      isWrapped: (t) => t.day === 1,
    },
    {
      matches: (t) => hour.allows[t.hour] === 1,
      floor: (_, t) => zone.instant({ ...midnight(t.year, t.month, t.day), hour: t.hour }),
      step: (at) => at + HOUR,
      isWrapped: (t) => t.hour === 0,
    },
    {
      matches: (t) => minute.allows[t.minute] === 1,
      floor: (at) => at - (at % MINUTE),
      step: (at) => at + MINUTE,
      isWrapped: (t) => t.minute === 0,
    },
    {
      matches: (t) => t.second === 0,
      floor: (at) => at,
      step: (at, t) => at + MINUTE - t.second,
      isWrapped: () => true,
    },
  ]
}

/** On a day that begins with a clock change midnight may not exist: the library goes back to it by the hour. */
function nextDay(zone: Zone, t: Civil): number {
  const next = zone.instant({ ...t, day: t.day + 1 })
  const { hour } = zone.local(next)
  if (hour === 0) return next
  return hour > NOON ? next + (24 - hour) * HOUR : next - hour * HOUR
}

/** Both day fields when one has a star, otherwise either of them. */
function dayMatches({ day, weekday }: FieldSchedule, t: Civil): boolean {
  const dayOk = day.allows[t.day] === 1
  const weekdayOk = weekday.allows[t.weekday] === 1
  return day.star || weekday.star ? dayOk && weekdayOk : dayOk || weekdayOk
}
