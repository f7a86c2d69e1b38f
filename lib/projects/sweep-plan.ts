/** What a sweep has to do, from one look at everything: pure. Who is to be cared for is looked at again under his lock. */
import type { Instant } from '#lib/clock'
import { noteOf } from './aftermath.ts'
import { plainSprint } from './assemble.ts'
import { isFree } from './draft.ts'
import { decide } from './engine.ts'
import type { Care, Decision } from './model.ts'
import type { LiveCronJob, Sprint } from './ports.ts'
import type { Known } from './store-ports.ts'
import { duplicatesOf, healingOf, liveOf, restraintAt, specOf, timingFor, viewOf } from './timing.ts'
import { healFailed, notOurs, terminating } from './words.ts'

/** One project as the sweep sees it. */
export interface Observed {
  readonly project: string
  readonly sprints: readonly Sprint[]
  readonly lives: readonly LiveCronJob[]
  readonly known: Known
}

export interface Snapshot {
  readonly now: Instant
  readonly cronJobs: readonly LiveCronJob[]
  /** Projects whose sprints could be read. */
  readonly observed: readonly Omit<Observed, 'lives'>[]
  /** Projects that exist but could not be read: nothing is said about their CronJobs. */
  readonly unread: readonly string[]
  readonly nameOf: (project: string, sprint: string) => string
}

export interface Finding {
  readonly cronjob_name: string
  readonly project_id: string
  readonly sprint_id: string
  readonly problem: string
}

/** `care`: something is to be done or told. `waiting`: its last heal failed and it is too early for the next. */
export type Verdict = 'care' | 'fine' | 'recovered' | 'waiting' | 'off'

export interface Plan {
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Projects whose CronJob is not as it should be, and for which nothing is to be done now. */
  readonly unhealed: readonly Unhealed[]
  /** What nobody is responsible for: told, never touched. */
  readonly reports: readonly Finding[]
  /** Second CronJobs of one sprint, each of which runs its daily scrum once more. */
  readonly duplicates: readonly Duplicate[]
}

export type Duplicate = Omit<Finding, 'problem'>
export type Unhealed = Pick<Finding, 'project_id' | 'problem'>

export function planSweep({ now, cronJobs, observed, unread, nameOf }: Snapshot): Plan {
  const ofProject = Map.groupBy(cronJobs, ({ project }) => project)
  const all = observed.map((one) => ({ ...one, lives: ofProject.get(one.project) ?? [] }))
  const exists = new Set([...unread, ...observed.map(({ project }) => project)])
  const strangers = cronJobs.filter(({ project }) => !exists.has(project))
  const judged = all.map((one) => ({ project: one.project, ...judge(one, now, nameOf) }))
  return {
    verdicts: new Map(judged.map(({ project, verdict }) => [project, verdict])),
    unhealed: judged.flatMap(({ project, problem }) => (problem === null ? [] : [{ project_id: project, problem }])),
    reports: [
      ...strangers.map((live) => finding(live, foreign(live) ?? 'Its project is not known to the project service.')),
      ...all.flatMap((one) => lost(one, nameOf)),
      ...all.flatMap(({ lives }) => lives.flatMap((live) => held(live) ?? [])),
    ],
    duplicates: all.flatMap((one) => doubled(one, nameOf)),
  }
}

/** What stands in the way of caring for one of a project that is known. */
function held(live: LiveCronJob): Finding | undefined {
  const problem = live.terminating ? terminating(live.name) : foreign(live)
  return problem === undefined ? undefined : finding(live, `${problem}.`)
}

function foreign({ name, owner, owner_name }: LiveCronJob): string | undefined {
  return owner === 'us' ? undefined : notOurs({ name, owner, owner_name })
}

function doubled({ project, sprints, lives }: Observed, nameOf: Snapshot['nameOf']): readonly Duplicate[] {
  const sprint = sprints.find(({ status }) => status === 'in_progress')?.sprint_id
  if (sprint === undefined) return []
  const found = duplicatesOf(lives, sprint, nameOf(project, sprint))
  return found.map(({ name }) => ({ cronjob_name: name, project_id: project, sprint_id: sprint }))
}

interface Judged {
  readonly verdict: Verdict
  /** What stays wrong whatever this sweep does; null for nothing. */
  readonly problem: string | null
}

function judge(observed: Observed, now: Instant, nameOf: Snapshot['nameOf']): Judged {
  const { settings, state } = observed.known
  if (settings.mode === 'off') return { verdict: 'off', problem: null }
  const inputs = careInputs(observed, now, nameOf)
  const decision = decide(inputs)
  if (state.backoff !== null && state.backoff.until > now) {
    const isWell = isQuiet(decision) || !isFree(inputs.restraint)
    return { verdict: 'waiting', problem: isWell ? null : healFailed(state.backoff) }
  }
  if (state.open !== null && isFree(restraintAt(settings, now))) return { verdict: 'care', problem: null }
  if (isNews(decision, state.noted)) return { verdict: 'care', problem: null }
  const isOver = isQuiet(decision) && (state.backoff !== null || state.noted !== null)
  return { verdict: isOver ? 'recovered' : 'fine', problem: problemIn(inputs, decision) }
}

/** Why a CronJob that the policy wants healed is not: what the decision warns of and does nothing about. */
export function problemIn({ restraint }: Care, { steps, warnings }: Decision): string | null {
  return isFree(restraint) && steps.length === 0 && warnings.length > 0 ? warnings.join('; ') : null
}

/** True when there is something to do, or something to tell that was not told yet. */
export function isNews(decision: Decision, noted: string | null): boolean {
  return decision.steps.length > 0 || (!isQuiet(decision) && noteOf({ decision }) !== noted)
}

const isQuiet = ({ warnings, steps }: Decision): boolean => warnings.length === 0 && steps.length === 0

/** What the sweep decides from for one project. */
export function careInputs(
  { project, sprints, lives, known }: Observed,
  now: Instant,
  nameOf: Snapshot['nameOf'],
): Care {
  const sprint = sprints.find(({ status }) => status === 'in_progress') ?? null
  const name = sprint === null ? '' : nameOf(project, sprint.sprint_id)
  const live = sprint === null ? undefined : liveOf(lives, sprint.sprint_id, name)
  const timing = timingFor({ ...known, sprint: sprint?.sprint_id ?? null })
  const spec = specOf(project, sprint?.sprint_id ?? '', timing)
  const { settings, state } = known
  const closed = lives.flatMap((one) => {
    const isOurs = one.owner === 'us' && !one.terminating
    const its = one === live || !isOurs ? undefined : sprintOf(one, sprints, nameOf)
    return its === undefined || its.status === 'in_progress' ? [] : [{ name: one.name, sprint: its.sprint_id }]
  })
  return {
    kind: 'care',
    project_id: project,
    at: now,
    restraint: restraintAt(settings, now),
    healing: healingOf(state, name, now),
    timing,
    duplicates: sprint === null ? [] : duplicatesOf(lives, sprint.sprint_id, name),
    sprint: sprint && plainSprint(sprint),
    cronjob:
      live === undefined
        ? null
        : viewOf(live, { spec, ignore: settings.ignore_drift, touchedAt: state.touched_at, fought: state.fought, now }),
    orphans: closed,
  }
}

function sprintOf(live: LiveCronJob, sprints: readonly Sprint[], nameOf: Snapshot['nameOf']): Sprint | undefined {
  return sprints.find(({ sprint_id }) => sprint_id === live.sprint || nameOf(live.project, sprint_id) === live.name)
}

/** CronJobs of sprints that the sprint service has never heard of: perhaps its mistake, so they are left alone. */
function lost({ sprints, lives, known }: Observed, nameOf: Snapshot['nameOf']): readonly Finding[] {
  if (known.settings.mode === 'off') return []
  const unknown = lives.filter((live) => live.owner === 'us' && sprintOf(live, sprints, nameOf) === undefined)
  return unknown.map((live) => finding(live, 'Its sprint is not known to the sprint service.'))
}

function finding({ name, project, sprint }: LiveCronJob, problem: string): Finding {
  return { cronjob_name: name, project_id: project, sprint_id: sprint, problem }
}
