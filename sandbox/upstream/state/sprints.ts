/** What happens to sprints: one opens and takes every unassigned task, works day by day, and closes. */
import { plusDays } from './days.ts'
import type { MemberRecord, Retrospective, SprintRecord, TaskRecord } from './model.ts'
import { putNote, putSprint, putTask, type Store } from './store.ts'

export interface Opening {
  readonly project_id: string
  readonly sprint_name: string
  readonly duration_weeks: number
}

/** The sprint that is in progress, if any. */
export function activeSprint(store: Store, projectId: string): SprintRecord | undefined {
  return store.sprints(projectId).find((sprint) => sprint.status === 'in_progress')
}

/** A sprint is opened for tasks that wait only. */
export const hasUnassigned = (store: Store, projectId: string): boolean =>
  store.tasks(projectId).some(({ status }) => status === 'unassigned')

/** Opens a sprint from today on. The caller has made sure that none is in progress. */
export function openSprint(store: Store, { project_id, sprint_name, duration_weeks }: Opening) {
  const start_date = store.today()
  const end_date = plusDays(start_date, duration_weeks * 7)
  const sprint_id = freshId(store, project_id)
  const members = store.members(project_id)
  const taken = store
    .tasks(project_id)
    .filter((task) => task.status === 'unassigned')
    .map((task, at) => assigned(task, sprint_id, members[at % members.length]))
  const opened = { sprint_id, project_id, sprint_name, start_date, end_date, duration_weeks }
  const sprint: SprintRecord = { ...opened, status: 'in_progress' }
  store.commit([putSprint(sprint), ...taken.map(putTask)])
  const warnings = store
    .conflicts(project_id, start_date, end_date)
    .map(({ type, name, date }) => `${type === 'holiday' ? 'Holiday' : 'PTO'}: ${name} on ${date}`)
  return { sprint, assigned: taken.length, warnings }
}

/** Counted on from the sprints there are; a name that was given from outside is stepped over. */
function freshId(store: Store, projectId: string): string {
  for (let number = store.sprints(projectId).length + 1; ; number += 1) {
    const id = `${projectId}-S${String(number).padStart(2, '0')}`
    if (store.sprint(id) === undefined) return id
  }
}

function assigned(task: TaskRecord, sprint_id: string, member: MemberRecord | undefined): TaskRecord {
  return { ...task, sprint_id, status: 'assigned_to_sprint', assigned_to: member?.id ?? null }
}

/** Closes a sprint: what is not done goes back to the backlog, and the retrospective is written. */
export function closeSprint(store: Store, sprint: SprintRecord) {
  const tasks = store.tasksOfSprint(sprint.sprint_id)
  const open = tasks.filter((task) => task.status !== 'completed')
  const completed = tasks.length - open.length
  const closed: SprintRecord = { ...sprint, status: open.length > 0 ? 'closed_with_pending_tasks' : 'completed' }
  const impediments = open.length > 0 ? [`${open.length} tasks were not finished`] : []
  const retrospective = store.note('sprint_retrospective', {
    ...retrospectiveOf(sprint, { total: tasks.length, completed }),
    impediments,
  })
  const back = open.map((task) => putTask({ ...task, status: 'unassigned', sprint_id: null, assigned_to: null }))
  store.commit([putSprint(closed), ...back, putNote(retrospective)])
  return { sprint: closed, completed, moved: open.length, retrospective }
}

export function retrospectiveOf(sprint: SprintRecord, tasks: { total: number; completed: number }): Retrospective {
  const { sprint_id, project_id, start_date, end_date, duration_weeks } = sprint
  const figures = { total_tasks: tasks.total, completed_tasks: tasks.completed }
  return { sprint_id, project_id, start_date, end_date, duration_weeks, ...figures, impediments: [] }
}

/** A day's scrum: one task is finished, one is begun, and the team reports. */
export function runDailyScrum(store: Store, sprint: SprintRecord) {
  const tasks = store.tasksOfSprint(sprint.sprint_id)
  const finished = tasks.find((task) => task.status === 'in_progress')
  const begun = tasks.find((task) => task.status === 'assigned_to_sprint')
  const report = store.note('daily_scrum_report', {
    project_id: sprint.project_id,
    sprint_id: sprint.sprint_id,
    completed_tasks: finished === undefined ? [] : [finished.task_id],
    started_tasks: begun === undefined ? [] : [begun.task_id],
    reports: {},
  })
  store.commit([
    ...(finished === undefined ? [] : [putTask({ ...finished, status: 'completed', progress_percentage: 100 })]),
    ...(begun === undefined ? [] : [putTask({ ...begun, status: 'in_progress', progress_percentage: 50 })]),
    putNote(report),
  ])
  return { report, updated: [finished, begun].filter((task) => task !== undefined).length }
}

/** Tasks of a sprint as figures; of a sprint whose tasks are archived, what its retrospective says. */
export function taskSummary(store: Store, { sprint_id, project_id }: SprintRecord) {
  const tasks = store.tasksOfSprint(sprint_id)
  const told = store.retrospectives(project_id).find((one) => one.sprint_id === sprint_id)
  const total = tasks.length > 0 ? tasks.length : (told?.total_tasks ?? 0)
  const done = tasks.filter((task) => task.status === 'completed').length
  const completed = tasks.length > 0 ? done : (told?.completed_tasks ?? 0)
  return { total_tasks: total, completed_tasks: completed, pending_tasks: total - completed }
}
