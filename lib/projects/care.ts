/** What an active sprint's CronJob needs: nothing, to be made again, or to be put right. */
import { BLANK, type Draft, isFree } from './draft.ts'
import type { Care, CronJobView, Orchestration, Step } from './model.ts'
import type { Sprint } from './ports.ts'
import * as words from './words.ts'

type Looked = 'cronjob' | 'timing' | 'restraint' | 'healing' | 'duplicates'

export interface Cared extends Pick<Care | Orchestration, Looked> {
  readonly sprint: Sprint
  /** False: a missing CronJob is reported, not made. */
  readonly create: boolean
}

interface Need {
  readonly type: 'SELF_HEAL' | 'REPAIR_DRIFT'
  readonly clause: string
  readonly warnings: readonly string[]
  readonly step: Step
}

/** What the CronJob needs, and that it is the only one of its sprint. */
export function careFor(cared: Cared): Draft {
  const { sprint, duplicates } = cared
  const draft = careForOne(cared)
  if (duplicates.length === 0) return draft
  return {
    ...draft,
    type: draft.steps.length > 0 ? draft.type : 'REPAIR_DRIFT',
    sprint_name: sprint.sprint_name,
    // Of the one that is well there is nothing to say: something has to be done.
    clauses: [
      ...(draft.steps.length + draft.warnings.length > 0 ? draft.clauses : []),
      ...duplicates.map(({ name }) => words.duplicate(name, sprint.sprint_id)),
    ],
    warnings: [...draft.warnings, ...duplicates.map(({ name }) => words.duplicateWarning(name, sprint.sprint_id))],
    steps: [
      ...draft.steps,
      ...duplicates.map(({ name }): Step => ({ kind: 'delete_cronjob', name, sprint_id: sprint.sprint_id })),
    ],
  }
}

/** Rule 3: missing → recreate, drifted → repair, not firing → make anew; within the heal budget. */
function careForOne(cared: Cared): Draft {
  const { sprint, cronjob, healing, restraint } = cared
  const id = sprint.sprint_id
  const draft: Draft = { ...BLANK, sprint_duration_weeks: sprint.duration_weeks }
  if (cronjob === null && !cared.create) {
    return { ...draft, clauses: [words.missingUnwanted(id)], warnings: [words.noCronJob(id)] }
  }
  const obstacle = cronjob === null ? undefined : obstacleIn(cronjob)
  if (obstacle !== undefined) {
    return { ...draft, clauses: [words.obstructed(id, obstacle)], warnings: [obstacle] }
  }
  const need = needOf(cared)
  if (need === undefined) return { ...draft, clauses: [words.present(id)], warnings: remarks(cronjob) }
  if (isFree(restraint) && healing.recent >= restraint.heals_per_hour) {
    const spent = words.budgetSpent(healing.name, restraint.heals_per_hour)
    const warnings = [...need.warnings, spent]
    return { ...draft, clauses: [`${spent}.`], warnings, budget_tripped: !healing.tripped }
  }
  const { type, clause, warnings, step } = need
  return { ...draft, type, clauses: [clause], warnings, steps: [step], sprint_name: sprint.sprint_name }
}

/** Why nothing can be done about it now. */
function obstacleIn(cronjob: CronJobView): string | undefined {
  if (cronjob.owner !== 'us') return words.notOurs(cronjob)
  if (cronjob.terminating) return words.terminating(cronjob.name)
  return cronjob.fought ? words.foughtOver(cronjob.name, cronjob.drift) : undefined
}

function needOf({ sprint, cronjob, timing, healing }: Cared): Need | undefined {
  const { sprint_id } = sprint
  if (cronjob === null) {
    const step: Step = { kind: 'create_cronjob', sprint_id, timing, heal: true }
    return { type: 'SELF_HEAL', clause: words.missing(sprint_id), warnings: [], step }
  }
  const { name } = cronjob
  if (cronjob.drift.length > 0) {
    // One of another name cannot be renamed: mending it in place would leave two.
    const kind = name === healing.name ? 'repair_cronjob' : 'recreate_cronjob'
    const step: Step = { kind, sprint_id, timing, name }
    const warnings = [words.driftWarning(cronjob)]
    return { type: 'REPAIR_DRIFT', clause: words.drifted(sprint_id, cronjob), warnings, step }
  }
  if (cronjob.missed_runs === 0 || cronjob.active > 0) return undefined
  const step: Step = { kind: 'recreate_cronjob', sprint_id, timing, name }
  const warnings = [words.notFiringWarning(cronjob)]
  return { type: 'REPAIR_DRIFT', clause: words.notFiring(sprint_id, cronjob), warnings, step }
}

/** A job that runs on holds the next ones back: deleting it would lose its work, so it is only told. */
function remarks(cronjob: CronJobView | null): readonly string[] {
  return cronjob !== null && cronjob.missed_runs > 0 ? [words.runsOn(cronjob)] : []
}
