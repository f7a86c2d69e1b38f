/** Cron expressions and time zones: what is one, when it fires next, and how many runs it asked for. */
import { Cron } from 'croner'
import { type Instant, minutes } from '#lib/clock'

/** Five fields as Kubernetes reads them: no seconds, no nicknames, no `L`, `W`, `#` or `?`. */
const FIELD = '(?:[0-9*,/-]|[A-Za-z]{3})+'
const FIVE_FIELDS = new RegExp(`^${FIELD}(?: ${FIELD}){4}$`)
/** Kubernetes knows Sunday as 0 only; in a step or a list a 7 may stand for other things. */
const SUNDAY_AS_7 = /(?:^|[,-])7(?=$|[,/-])/
/** A run may start this late: the controller's own delay, a starting deadline, a full node. */
const GRACE = minutes(15)
/** Kubernetes gives up on a CronJob that missed more than 100 starts; counting further helps nobody. */
const MOST_MISSED = 101

/** True for a cron expression in the standard five-field form that fires at least once. */
export function isSchedule(expression: string): boolean {
  if (expression.length > 100 || !FIVE_FIELDS.test(expression)) return false
  if (SUNDAY_AS_7.test(expression.split(' ')[4] ?? '')) return false
  try {
    return cron(expression, null).nextRun(new Date(0)) !== null
  } catch {
    return false
  }
}

/** True for a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The first run after `after`; null when there is none or the expression cannot be read. */
export function nextRun(expression: string, timeZone: string | null, after: Instant): Instant | null {
  try {
    return cron(expression, timeZone).nextRun(new Date(after))?.getTime() ?? null
  } catch {
    return null
  }
}

/** Runs that were due after `since` and should have begun by `now`; at most 101. */
export function missedRuns(expression: string, timeZone: string | null, since: Instant, now: Instant): number {
  try {
    const schedule = cron(expression, timeZone)
    let missed = 0
    let due = schedule.nextRun(new Date(since))
    while (due !== null && due.getTime() <= now - GRACE && missed < MOST_MISSED) {
      missed += 1
      due = schedule.nextRun(due)
    }
    return missed
  } catch {
    // An expression that somebody else put there and that cannot be read is drift, not a missed run.
    return 0
  }
}

function cron(expression: string, timeZone: string | null): Cron {
  return new Cron(expression, { mode: '5-part', timezone: timeZone ?? 'UTC', paused: true })
}
