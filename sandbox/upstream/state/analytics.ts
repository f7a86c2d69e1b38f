/** Chronicle's figures, each computed from the notes it holds. */
import { daysBetween } from './days.ts'
import type { Retrospective } from './model.ts'
import type { Store } from './store.ts'

/** A sprint this complete counts as one that was planned well. */
const WELL_PLANNED = 0.8

export function velocityOf(store: Store, projectId: string) {
  const points = store
    .retrospectives(projectId)
    .map(({ sprint_id, start_date, end_date, completed_tasks }) => ({
      sprint_id,
      start_date,
      end_date,
      completed_tasks,
    }))
    .toSorted((a, b) => a.start_date.localeCompare(b.start_date))
  const average = mean(points.map((point) => point.completed_tasks))
  return {
    project_id: projectId,
    velocity_trend_data: points,
    average_velocity: rounded(average),
    velocity_analysis: `${points.length} sprints were looked at.`,
  }
}

export function patternsOf(store: Store, projectId: string) {
  const scrums = store.notes('daily_scrum_report', projectId)
  const retrospectives = store.retrospectives(projectId)
  const finished = scrums.flatMap(({ content }) => {
    const tasks = content['completed_tasks']
    return Array.isArray(tasks) ? tasks : []
  })
  return {
    project_id: projectId,
    metrics: {
      daily_scrum_count: scrums.length,
      retrospective_count: retrospectives.length,
      total_tasks_completed_in_daily_scrums: finished.length,
    },
    common_impediments_reported: frequencies(store, projectId),
    common_retrospective_action_items: {},
    patterns_analysis_summary: `${scrums.length} daily scrums were looked at.`,
  }
}

export function impedimentsOf(store: Store, projectId: string) {
  const frequency = frequencies(store, projectId)
  const statuses = Object.entries(frequency).map(([impediment, times]) => [impediment, { open: times }] as const)
  return {
    project_id: projectId,
    impediment_frequency: frequency,
    impediment_status_counts: Object.fromEntries(statuses),
    impediment_analysis_summary: `${statuses.length} impediments were reported.`,
  }
}

/** How often each impediment was reported, by its text. */
function frequencies(store: Store, projectId: string): Record<string, number> {
  const told = store.retrospectives(projectId).flatMap(({ impediments }) => impediments)
  return Object.fromEntries([...Map.groupBy(told, (impediment) => impediment)].map(([text, all]) => [text, all.length]))
}

export interface Similar {
  readonly project_id: string
  readonly similarity_score: number
  readonly completion_rate: number
  /** Days. */
  readonly avg_sprint_duration: number
  readonly optimal_task_count: number | null
  readonly key_success_factors: readonly string[]
  readonly team_size: number
  readonly avg_task_complexity: number
  readonly domain_category: string
  readonly project_duration: number
}

/** What the real Chronicle says of every project: it does not compute these. */
const UNKNOWN = {
  key_success_factors: ['derived_from_retrospectives'],
  team_size: 0,
  avg_task_complexity: 0,
  domain_category: 'unknown',
  project_duration: 0,
} as const

/** Projects at least `threshold` alike in team, sprint length and tasks per sprint, most alike first. */
export function similarTo(store: Store, projectId: string, threshold: number): readonly Similar[] {
  const reference = profileOf(store, projectId)
  if (reference === undefined) return []
  return store
    .projects()
    .filter(({ id }) => id !== projectId)
    .flatMap(({ id }): Similar[] => {
      const other = profileOf(store, id)
      if (other === undefined) return []
      const { completion_rate, optimal_task_count } = other
      const similarity_score = rounded(likeness(reference, other))
      return [
        {
          project_id: id,
          similarity_score,
          completion_rate,
          avg_sprint_duration: other.days,
          optimal_task_count,
          ...UNKNOWN,
        },
      ]
    })
    .filter(({ similarity_score }) => similarity_score >= threshold)
    .toSorted((a, b) => b.similarity_score - a.similarity_score)
}

interface Profile {
  readonly team: number
  readonly days: number
  readonly tasks: number
  readonly completion_rate: number
  readonly optimal_task_count: number | null
}

function profileOf(store: Store, projectId: string): Profile | undefined {
  const past = store.retrospectives(projectId).filter((one) => one.total_tasks > 0)
  if (past.length === 0) return undefined
  const rate = ({ completed_tasks, total_tasks }: Retrospective) => completed_tasks / total_tasks
  const good = past.filter((one) => rate(one) >= WELL_PLANNED)
  return {
    team: store.members(projectId).length,
    days: rounded(mean(past.map(({ start_date, end_date }) => daysBetween(start_date, end_date)))),
    tasks: mean(past.map(({ total_tasks }) => total_tasks)),
    completion_rate: rounded(mean(past.map(rate))),
    optimal_task_count: good.length === 0 ? null : Math.round(mean(good.map((one) => one.completed_tasks))),
  }
}

const likeness = (a: Profile, b: Profile): number =>
  ratio(a.team, b.team) * ratio(a.days, b.days) * ratio(a.tasks, b.tasks)

/** 1 when equal, less the further apart. */
const ratio = (a: number, b: number): number => (Math.max(a, b) === 0 ? 1 : Math.min(a, b) / Math.max(a, b))

const mean = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length

const rounded = (number: number): number => Math.round(number * 100) / 100
