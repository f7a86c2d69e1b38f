/** What a sprint's CronJob should be, and how the one that lives compares. */
import { createHash } from 'node:crypto'
import { hours, type Instant, toTimestamp } from '#lib/clock'
import type { CronJobView, Healing, ProjectState, Restraint, Settings, Timing } from './model.ts'
import type { CronJobSpec, Drift, LiveCronJob } from './ports.ts'
import { missedRuns } from './schedule.ts'

/** Weekdays at 14:00, unless somebody says otherwise. */
export const DEFAULT_SCHEDULE = '0 14 * * 1-5'

/** Heals are counted within this long. */
export const HEAL_WINDOW = hours(1)

/** Differences told of one CronJob, and the length of a value that is told: a decision is kept small. */
const MOST_DRIFT = 20
const VALUE_MAX = 200
/** 64 bits: two drifts of one CronJob are never taken for each other. */
const MARK_DIGITS = 16

const DAY_MS = 86_400_000

/** The days of a sprint that begins now. */
export function spanFrom(now: Instant, weeks: number) {
  const day = (at: Instant) => toTimestamp(at).slice(0, 'YYYY-MM-DD'.length)
  return { start_date: day(now), end_date: day(now + weeks * 7 * DAY_MS) }
}

export interface Wish {
  readonly settings: Settings
  readonly state: ProjectState
  readonly sprint: string | null
  /** The schedule that the request at hand names. */
  readonly schedule?: string | undefined
}

/** Request before policy before default; a request keeps its word for its sprint until the policy names a schedule anew. */
export function timingFor({ settings, state, sprint, schedule }: Wish): Timing {
  const { time_zone } = settings
  if (schedule !== undefined) return { schedule, time_zone, source: 'request' }
  const { named } = state
  if (named !== null && named.sprint_id === sprint && named.at > settings.schedule_at) {
    return { schedule: named.schedule, time_zone, source: 'earlier_request' }
  }
  if (settings.schedule !== null) return { schedule: settings.schedule, time_zone, source: 'policy' }
  return { schedule: DEFAULT_SCHEDULE, time_zone, source: 'default' }
}

export const specOf = (project: string, sprint: string, { schedule, time_zone }: Timing): CronJobSpec => ({
  project,
  sprint,
  schedule,
  time_zone,
})

export interface Comparison {
  readonly spec: CronJobSpec
  readonly ignore: readonly string[]
  /** When we last made or changed it. */
  readonly touchedAt: Instant | null
  /** What was rewritten after our last repair. */
  readonly fought: ProjectState['fought']
  readonly now: Instant
}

/** What a drift is known by that was there right after a repair: the same again, of the same version, is no news. */
export function markOf(version: string, drift: readonly Drift[]): string {
  const values = drift.map(({ pointer, wanted, found }) => [pointer, told(wanted), told(found)])
  return createHash('sha256')
    .update(JSON.stringify([version, values]))
    .digest('hex')
    .slice(0, MARK_DIGITS)
}

export function viewOf(live: LiveCronJob, { spec, ignore, touchedAt, fought, now }: Comparison): CronJobView {
  const { name, sprint, schedule, suspended, active, created_at, last_schedule_at } = live
  const { owner, owner_name, terminating } = live
  const changed_at = Math.max(live.changed_at ?? 0, touchedAt ?? 0)
  const differing = live.drift(spec, ignore)
  const drift = differing.slice(0, MOST_DRIFT)
  return {
    name,
    sprint,
    schedule,
    suspended,
    active,
    created_at,
    last_schedule_at,
    drift: drift.map(({ pointer, wanted, found }) => ({ pointer, wanted: told(wanted), found: told(found) })),
    owner,
    owner_name,
    terminating,
    fought: drift.length > 0 && fought?.name === name && fought.mark === markOf(live.version, differing),
    missed_runs: suspended || terminating || owner !== 'us' ? 0 : missedRuns({ ...live, changed_at }, now),
  }
}

/** The CronJob of a sprint among those of its project: by its label, or by its name. */
export function liveOf(lives: readonly LiveCronJob[], sprint: string, name: string): LiveCronJob | undefined {
  return lives.find((live) => live.name === name) ?? lives.find((live) => live.sprint === sprint)
}

/** Those of ours that a sprint has besides the CronJob of its name: each would run its daily scrum once more. */
export function duplicatesOf(lives: readonly LiveCronJob[], sprint: string, name: string) {
  const isOurs = ({ owner, terminating }: LiveCronJob) => owner === 'us' && !terminating
  const hasRightOne = lives.some((live) => live.name === name && isOurs(live))
  if (!hasRightOne) return []
  return lives
    .filter((live) => live.sprint === sprint && live.name !== name && isOurs(live))
    .map((live) => ({ name: live.name, sprint }))
}

export function restraintAt(settings: Settings, now: Instant): Restraint {
  const { mode, paused, heals_per_hour, ignore_drift } = settings
  return { mode, paused: paused !== null && paused.until > now ? paused : null, heals_per_hour, ignore_drift }
}

export function healingOf({ heals, tripped }: ProjectState, name: string, now: Instant): Healing {
  const recent = heals.filter((heal) => heal.name === name && heal.at > now - HEAL_WINDOW).length
  return { name, recent, tripped: tripped !== null && tripped.name === name && tripped.until > now }
}

function told(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text
}
