/** When a CronJob is due: the schedules Kubernetes takes, which are fewer than its cron library would. */
import { Cron } from 'croner'
import type { Instant } from '#lib/clock'

/** Beyond this many unmet runs a controller only complains and starts none of the old ones. */
const TOO_MANY_MISSED = 100
const MACROS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
/** Digits, signs, and names of months and days; the library's `L`, `W` and `#` are not Kubernetes'. */
const FIELD = /^(?:[\d*,/?-]|[A-Za-z]{3})+$/

/** Undefined when the schedule is right, otherwise what is wrong with it. */
export function scheduleFault(schedule: string): string | undefined {
  if (/TZ=/.test(schedule)) return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
  if (MACROS.includes(schedule)) return undefined
  const fields = schedule.split(/ +/)
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  const odd = fields.find((field) => !FIELD.test(field))
  if (odd !== undefined) return `failed to parse ${odd}`
  try {
    cron(schedule, undefined)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}

/** True when the name is one of a place whose clocks are known. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Za-z]/.test(name) && name !== 'Local'
  } catch {
    return false
  }
}

export interface Due {
  /** The newest run that is due. */
  readonly at: Instant
  /** How many are; counting ends past `TOO_MANY_MISSED`. */
  readonly missed: number
}

/** What is due after `since` and not after `now`; undefined when nothing is. */
export function dueBetween(
  rule: { schedule: string; timeZone?: string },
  since: Instant,
  now: Instant,
): Due | undefined {
  const pattern = cron(rule.schedule, rule.timeZone)
  const [newest] = pattern.previousRuns(1, new Date(now + 1))
  if (newest === undefined || newest.getTime() <= since || newest.getTime() > now) return undefined
  let missed = 0
  for (let run = pattern.nextRun(new Date(since)); run !== null && run.getTime() <= now; run = pattern.nextRun(run)) {
    missed += 1
    if (missed > TOO_MANY_MISSED) break
  }
  return { at: newest.getTime(), missed }
}

function cron(schedule: string, timeZone: string | undefined): Cron {
  return new Cron(schedule, { paused: true, timezone: timeZone ?? 'Etc/UTC', mode: '5-part' })
}
