/** Puts projects with their teams, tasks, sprints and past into the services, each in one commit. */
import { AppError } from '#lib/errors'
import { plusDays } from '../state/days.ts'
import type { MemberRecord, SprintRecord, Tables, TaskRecord, TaskStatus } from '../state/model.ts'
import type { Put } from '../state/rows.ts'
import { retrospectiveOf } from '../state/sprints.ts'
import { putNote, putSprint, putTask, type Store } from '../state/store.ts'
import { demoOrganisation } from './demo.ts'
import type { ProjectSeed, SprintSeed } from './shape.ts'

export interface Seeder {
  /** Adds a project. Throws `conflict` when it is there already. */
  project(seed: ProjectSeed): void
  /** The demo organisation, as far as it is not there yet; returns the ids of its projects. */
  demo(): readonly string[]
}

const NAMES = ['Ada', 'Ben', 'Chidi', 'Dana', 'Emre', 'Fatou', 'Goran', 'Hana']
const STATES = ['CA', 'NY', 'TX', 'WA']
const TITLES = ['Write the report', 'Mend the import', 'Add a filter', 'Speed up the list', 'Translate the form']
const YOUNGEST = 24
/** A scrum each working day. */
const SCRUMS_A_WEEK = 5

export function createSeeder(store: Store): Seeder {
  const project = (seed: ProjectSeed): void => {
    if (store.project(seed.id)) throw new AppError('conflict', `There is a project ${seed.id} already.`)
    store.commit(rowsOf(store, seed))
  }
  return {
    project,
    demo() {
      const seeds = demoOrganisation(store.today())
      for (const seed of seeds) if (store.project(seed.id) === undefined) project(seed)
      return seeds.map(({ id }) => id)
    },
  }
}

function rowsOf(store: Store, seed: ProjectSeed): readonly Put<Tables>[] {
  const { id, name = id, description = '', status = 'active', sprints = [] } = seed
  const members = membersOf(seed)
  const pool = taskPool(id, members)
  const absences = (seed.away ?? []).map(({ member, date, until = date }, at): Put<Tables> => {
    const who = members[member]?.name ?? ''
    return { t: 'absences', k: `${id}#${at}`, v: { project_id: id, member: who, date, until } }
  })
  return [
    { t: 'projects', k: id, v: { id, name, description, status } },
    ...members.map((v): Put<Tables> => ({ t: 'members', k: v.id, v })),
    ...absences,
    ...sprints.flatMap((sprint, at) => sprintRows(store, sprint, { project: id, number: at + 1, pool })),
    ...pool.take(seed.completed ?? 0, 'completed', null),
    ...pool.take(seed.unassigned ?? 0, 'unassigned', null),
  ]
}

function membersOf({ id, team = 3 }: ProjectSeed): readonly MemberRecord[] {
  return Array.from({ length: team }, (_, at) => ({
    id: `${id}-M${at + 1}`,
    project_id: id,
    name: NAMES[at % NAMES.length] ?? '',
    gender: at % 2 === 0 ? 'female' : 'male',
    state: STATES[at % STATES.length] ?? '',
    age: YOUNGEST + ((at * 7) % 30),
  }))
}

interface TaskPool {
  take(count: number, status: TaskStatus, sprint: string | null): readonly Put<Tables>[]
}

/** Tasks numbered through one project. */
function taskPool(project: string, members: readonly MemberRecord[]): TaskPool {
  let number = 0
  const progress = { unassigned: 0, assigned_to_sprint: 0, in_progress: 50, completed: 100 }
  return {
    take: (count, status, sprint_id) =>
      Array.from({ length: count }, () => {
        number += 1
        const member = status === 'unassigned' ? undefined : members[number % members.length]
        const task: TaskRecord = {
          task_id: `${project}-T${String(number).padStart(3, '0')}`,
          project_id: project,
          title: TITLES[number % TITLES.length] ?? '',
          description: '',
          status,
          assigned_to: member?.id ?? null,
          sprint_id,
          progress_percentage: progress[status],
        }
        return putTask(task)
      }),
  }
}

interface SprintPlace {
  readonly project: string
  readonly number: number
  readonly pool: TaskPool
}

function sprintRows(store: Store, seed: SprintSeed, { project, number, pool }: SprintPlace): readonly Put<Tables>[] {
  const { starts, weeks = 2 } = seed
  const id = `${project}-S${String(number).padStart(2, '0')}`
  const sprint: SprintRecord = {
    sprint_id: id,
    project_id: project,
    sprint_name: id,
    start_date: starts,
    end_date: plusDays(starts, weeks * 7),
    duration_weeks: weeks,
    status: 'in_progress',
  }
  if (!('closed' in seed)) {
    const { open = 0, in_progress = 0, done = 0 } = seed
    return [
      putSprint(sprint),
      ...pool.take(done, 'completed', id),
      ...pool.take(in_progress, 'in_progress', id),
      ...pool.take(open, 'assigned_to_sprint', id),
    ]
  }
  const { total, completed, impediments = [] } = seed.closed
  const status = completed < total ? 'closed_with_pending_tasks' : 'completed'
  const retrospective = { ...retrospectiveOf(sprint, { total, completed }), impediments }
  const scrums = Array.from({ length: weeks * SCRUMS_A_WEEK }, (_, at) =>
    store.note('daily_scrum_report', {
      project_id: project,
      sprint_id: id,
      completed_tasks: at < completed ? [`${id}-${at + 1}`] : [],
      reports: {},
    }),
  )
  const notes = [...scrums, store.note('sprint_retrospective', { ...retrospective })]
  return [putSprint({ ...sprint, status }), ...notes.map(putNote)]
}
