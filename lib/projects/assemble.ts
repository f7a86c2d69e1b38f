/** From what was read to what a decision is made from: plain values, bounded, nothing that cannot be stored. */
import { boundedAvailability, short } from './bounds.ts'
import type { CronJobView, Strategy } from './model.ts'
import type { Sprint, Task } from './ports.ts'
import type { Analysed, Ask, Seen } from './seen.ts'
import type { Known } from './store-ports.ts'
import { duplicatesOf, healingOf, liveOf, restraintAt, specOf, timingFor, viewOf } from './timing.ts'

/** More strategies than this are not weighed. */
const MOST_STRATEGIES = 50

export function assemble(seen: Seen, ask: Ask, known: Known, nameOf: (sprint: string) => string): Analysed {
  const { now, details, sprint } = seen
  const cronjob = cronJobOf(seen, ask, known, nameOf)
  const unassigned = seen.tasks.filter(({ status }) => status === 'unassigned').map(({ task_id }) => task_id)
  const name = sprint === null ? '' : nameOf(sprint.sprint_id)
  const { id, status } = details
  return {
    unassigned,
    lives: seen.lives,
    inputs: {
      kind: 'orchestration',
      project_id: seen.project,
      at: now,
      restraint: restraintAt(known.settings, now),
      healing: healingOf(known.state, name, now),
      timing: timingFor({ ...known, sprint: sprint?.sprint_id ?? null, schedule: ask.schedule }),
      options: ask.options,
      details: { id, name: short(details.name), description: short(details.description), status },
      team_size: seen.team.length,
      availability: boundedAvailability(seen.facts.availability),
      backlog: seen.backlog,
      sprint_count: seen.sprints.length,
      active_sprints: seen.sprints.filter((one) => one.status === 'in_progress').length,
      duplicates: sprint === null ? [] : duplicatesOf(seen.lives, sprint.sprint_id, name),
      sprint: sprint && plainSprint(sprint),
      tasks: seen.facts.tasks,
      cronjob,
      history: seen.history,
      workload: workloadOf(seen.team, seen.tasks),
      candidates: unassigned.slice(0, ask.options.max_tasks_per_sprint),
      strategies: seen.strategies.filter(active).slice(0, MOST_STRATEGIES),
    },
  }
}

/** Open tasks of each member of the team; a task that is nobody's burdens nobody. */
export function workloadOf(team: Seen['team'], tasks: readonly Task[]): number[] {
  const open = tasks.filter(({ status }) => status === 'in_progress' || status === 'assigned_to_sprint')
  return team.map(({ id, name }) => open.filter(({ assigned_to: who }) => who === id || who === name).length)
}

/** The sprint with its known members alone, in the order of the contract. */
export function plainSprint(sprint: Sprint): Sprint {
  const { sprint_id, project_id, sprint_name, start_date, end_date, duration_weeks, status } = sprint
  return { sprint_id, project_id, sprint_name, start_date, end_date, duration_weeks, status }
}

function cronJobOf(seen: Seen, ask: Ask, known: Known, nameOf: (sprint: string) => string): CronJobView | null {
  const { sprint, lives, now, project } = seen
  if (sprint === null) return null
  const live = liveOf(lives, sprint.sprint_id, nameOf(sprint.sprint_id))
  if (live === undefined) return null
  const timing = timingFor({ ...known, sprint: sprint.sprint_id, schedule: ask.schedule })
  const spec = specOf(project, sprint.sprint_id, timing)
  return viewOf(live, {
    spec,
    ignore: known.settings.ignore_drift,
    touchedAt: known.state.touched_at,
    fought: known.state.fought,
    now,
  })
}

const active = ({ retired_at }: Strategy): boolean => retired_at === null
