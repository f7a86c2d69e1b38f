/** When CronJobs fire: why a schedule or time zone is refused, the next run, and the runs that were missed. */
import { hours, type Instant, minutes, seconds } from '#lib/clock'
import { nextRun as nextOf } from '#lib/cron/next'
import { parseSchedule, type Schedule } from '#lib/cron/parse'
import { zoneFault as faultOfZone, zoneLike } from '#lib/cron/zone'

/** Every minute of an hour, listed, has 169 characters. */
const LONGEST_SCHEDULE = 500
/** A run may start this late: the controller's own delay, a full node. */
const GRACE = minutes(15)
/** How much later than in UTC a run may be when nothing says in which time zone the controller runs. */
const ZONE_DOUBT = hours(12)
/** Kubernetes gives up on a CronJob that missed more than 100 starts; counting further helps nobody. */
const MOST_MISSED = 101

/** Why a schedule is refused; undefined when the cluster takes it and it fires at least once within five years. */
export function scheduleFault(expression: string): string | undefined {
  if (expression.length > LONGEST_SCHEDULE) return `must have ${LONGEST_SCHEDULE} characters or less`
  const schedule = parseSchedule(expression)
  if (schedule.kind === 'fault') {
    const at = schedule.field === null ? '' : `${schedule.field}: `
    return `must be a cron expression that Kubernetes accepts, like "0 14 * * 1-5": ${at}${schedule.reason}`
  }
  return nextOf(schedule, null, 0) === null ? 'must fire: it has no run within five years' : undefined
}

/** Why the name of a time zone is refused; undefined when the cluster takes it. */
export function zoneFault(name: string): string | undefined {
  const fault = faultOfZone(name)
  if (fault === undefined) return undefined
  const like = zoneLike(name)
  const hint = like === undefined || like === name ? '' : `; upper and lower case count: "${like}"`
  return `must be a time zone that Kubernetes accepts, like "Europe/Berlin": ${fault}${hint}`
}

/** The first run after `after`; null when there is none or the expression cannot be read. */
export function nextRun(expression: string, timeZone: string | null, after: Instant): Instant | null {
  const schedule = readable(expression, timeZone)
  return schedule === undefined ? null : nextOf(schedule, timeZone, after)
}

/** What is known of a CronJob's runs. */
export interface Firing {
  readonly schedule: string
  readonly time_zone: string | null
  readonly created_at: Instant
  readonly last_schedule_at: Instant | null
  /** When its spec was last changed, by anybody: a run that was due before may have been suspended or not wanted. */
  readonly changed_at: Instant | null
  /** When its last job ended: with `Forbid` a run that was due before waited for that job and was skipped. */
  readonly last_success_at: Instant | null
  readonly starting_deadline_seconds: number | null
}

/**
 * Runs that certainly should have begun by `now` and did not; at most 101. In doubt there are none: a CronJob that missed
 * runs is deleted and made again.
 */
export function missedRuns(firing: Firing, now: Instant): number {
  const { time_zone, last_schedule_at, starting_deadline_seconds } = firing
  const schedule = readable(firing.schedule, time_zone)
  if (schedule === undefined) return 0
  const changed = Math.max(firing.created_at, firing.changed_at ?? 0)
  const isProven = last_schedule_at !== null && last_schedule_at > changed
  if (isProven && !isRunOf(schedule, time_zone, last_schedule_at)) return 0

  const grace = Math.max(GRACE, seconds(starting_deadline_seconds ?? 0))
  const doubt = isProven || time_zone !== null || schedule.kind === 'every' ? 0 : ZONE_DOUBT
  const since = Math.max(last_schedule_at ?? 0, changed, firing.last_success_at ?? 0)
  const until = now - grace - doubt
  let missed = 0
  let due = nextOf(schedule, time_zone, since)
  while (due !== null && due <= until && missed < MOST_MISSED) {
    missed += 1
    due = nextOf(schedule, time_zone, due)
  }
  return missed
}

/** Undefined for what somebody else set and we cannot read: that is drift, not a missed run. */
function readable(expression: string, timeZone: string | null): Schedule | undefined {
  if (timeZone !== null && faultOfZone(timeZone) !== undefined) return undefined
  const schedule = parseSchedule(expression)
  return schedule.kind === 'fault' ? undefined : schedule
}

/** False when the controller's clock, time zone or zone data is not ours: then we cannot say what is due. */
function isRunOf(schedule: Schedule, timeZone: string | null, run: Instant): boolean {
  return schedule.kind === 'every' || nextOf(schedule, timeZone, run - seconds(1)) === run
}
