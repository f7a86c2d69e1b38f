/** When a CronJob is due, as the controller of Kubernetes judges it (`mostRecentScheduleTime` of its cronjob package). */
import type { Instant } from '#lib/clock'
import { nextRun } from '#lib/cron/next'
import { parseSchedule } from '#lib/cron/parse'

/** Beyond this many unmet runs a controller only complains and starts none of the old ones. */
const TOO_MANY_MISSED = 100

export interface Due {
  /** The newest run that is due. */
  readonly at: Instant
  /** How many are, by the distance of the first two; counting ends past `TOO_MANY_MISSED`. */
  readonly missed: number
}

/** What is due after `since` and not after `now`; undefined when nothing is. */
export function dueBetween(
  rule: { schedule: string; timeZone?: string },
  since: Instant,
  now: Instant,
): Due | undefined {
  const schedule = parseSchedule(rule.schedule)
  if (schedule.kind === 'fault') return undefined
  const next = (after: Instant) => nextRun(schedule, rule.timeZone ?? null, after)
  const first = next(since)
  if (first === null || first > now) return undefined
  const second = next(first)
  if (second === null || second > now) return { at: first, missed: 1 }
  const missed = Math.floor((now - first) / (second - first)) + 1
  // From one distance before the newest by that count, for schedules whose runs are not equally far apart.
  const from = first + (missed - 2) * (second - first)
  let at = next(from)
  for (let run = at; run !== null && run <= now; run = next(run)) at = run
  return at === null || at > now ? undefined : { at, missed: Math.min(missed, TOO_MANY_MISSED + 1) }
}
