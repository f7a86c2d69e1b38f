/** Chronicle's figures, each computed from the notes it holds. */
import { daysBetween } from './days.ts'
import type { Retrospective } from './model.ts'
import type { Store } from './store.ts'

/** A sprint this complete counts as one that was planned well. */
const WELL_PLANNED = 0.8

export function velocityOf(store: Store, projectId: string) {
  const points = store.retrospectives(projectId).map(({ sprint_id, start_date, end_date, completed_tasks }) => ({
    sprint_id,
    start_date,
    end_date,
    completed_tasks,
  }))
  const average = mean(points.map((point) => point.completed_tasks))
  return { project_id: projectId, velocity_trend_data: points, average_velocity: rounded(average) }
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
    common_impediments_reported: impedimentsOf(store, projectId).map(({ impediment }) => impediment),
  }
}

/** Impediments by how often they were told, most often first. */
export function impedimentsOf(store: Store, projectId: string) {
  const told = store.retrospectives(projectId).flatMap(({ impediments }) => impediments)
  return [...Map.groupBy(told, (impediment) => impediment)]
    .map(([impediment, all]) => ({ impediment, count: all.length }))
    .toSorted((a, b) => b.count - a.count)
}

export interface Similar {
  readonly project_id: string
  readonly similarity_score: number
  readonly completion_rate: number
  readonly avg_sprint_duration: number
  readonly optimal_task_count: number | null
}

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
        { project_id: id, similarity_score, completion_rate, avg_sprint_duration: other.days, optimal_task_count },
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
