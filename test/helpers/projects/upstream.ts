/** The four upstream services in memory, behaving as their contract says, with failures on demand. */
import { AppError } from '#lib/errors'
import type { Conflict, History, Project, Sprint, Task, Upstream } from '#lib/projects/ports'

export type Service = 'project' | 'backlog' | 'sprint' | 'chronicle' | 'cluster'

export interface UpstreamWorld {
  projects: Project[]
  team: Map<string, { id: string; name: string }[]>
  conflicts: Conflict[]
  tasks: (Task & { project: string })[]
  sprints: Sprint[]
  history: History
  /** Overrides what the backlog service's summary would count. */
  summary: { total_tasks: number; unassigned: number; in_progress: number; completed: number } | undefined
  readonly down: Set<Service>
  readonly calls: string[]
  /** Runs around every call: may wait, fail, or lose the answer. */
  around: <T>(call: string, run: () => Promise<T>) => Promise<T>
}

export const NO_HISTORY: History = {
  similar: [],
  velocity: { points: [], average: 0 },
  daily_scrums: 0,
  retrospectives: 0,
  impediments: [],
}

export function anUpstreamWorld(over: Partial<UpstreamWorld> = {}): UpstreamWorld {
  return {
    projects: [],
    team: new Map(),
    conflicts: [],
    tasks: [],
    sprints: [],
    history: NO_HISTORY,
    summary: undefined,
    down: new Set(),
    calls: [],
    around: (_call, run) => run(),
    ...over,
  }
}

export function tasksOf(project: string, count: number, over: Partial<Task> = {}): UpstreamWorld['tasks'] {
  return Array.from({ length: count }, (_, at) => ({
    project,
    task_id: `${project}-T${String(at + 1).padStart(3, '0')}`,
    status: 'unassigned',
    assigned_to: null,
    sprint_id: null,
    ...over,
  }))
}

export function aSprint(over: Partial<Sprint> & Pick<Sprint, 'sprint_id' | 'project_id'>): Sprint {
  return {
    sprint_name: over.sprint_id,
    start_date: '2026-01-05',
    end_date: '2026-01-19',
    duration_weeks: 2,
    status: 'in_progress',
    ...over,
  }
}

export function fakeUpstream(world: UpstreamWorld): Upstream {
  const call = <T>(service: Service, name: string, run: () => T): Promise<T> => {
    world.calls.push(name)
    return world.around(name, async () => {
      if (world.down.has(service)) throw unreachable(service)
      return run()
    })
  }
  const find = (id: string): Project => {
    const project = world.projects.find((one) => one.id === id)
    if (project === undefined) throw new AppError('not_found', `There is no project ${id}.`)
    return project
  }
  const of = (project: string) => world.tasks.filter((task) => task.project === project)
  const count = (project: string, status: string) => of(project).filter((task) => task.status === status).length
  const update = (id: string, change: Partial<Task>) => {
    world.tasks = world.tasks.map((task) => (task.task_id === id ? { ...task, ...change } : task))
  }

  return {
    projects: () => call('project', 'projects', () => [...world.projects]),
    project: (id) => call('project', 'project', () => find(id)),
    team: (id) => call('project', 'team', () => [...(world.team.get(id) ?? [])]),
    availability: (_id, from, to) =>
      call('project', 'availability', () => {
        const conflicts = world.conflicts.filter(({ date }) => date >= from && date <= to)
        return { status: conflicts.length > 0 ? 'conflict' : 'ok', conflicts }
      }),
    backlog: (id) =>
      call('backlog', 'backlog', () => {
        if (world.summary !== undefined) return world.summary
        const [unassigned, in_progress, completed] = ['unassigned', 'in_progress', 'completed'].map((s) => count(id, s))
        return { total_tasks: of(id).length, unassigned: unassigned!, in_progress: in_progress!, completed: completed! }
      }),
    tasks: (id, status) =>
      call('backlog', 'tasks', () => of(id).filter((task) => status === undefined || task.status === status)),
    unassign: (id) => call('backlog', 'unassign', () => update(id, { status: 'unassigned', sprint_id: null })),
    sprints: (id) => call('sprint', 'sprints', () => world.sprints.filter((sprint) => sprint.project_id === id)),
    taskSummary: (id) =>
      call('sprint', 'taskSummary', () => {
        const tasks = world.tasks.filter((task) => task.sprint_id === id)
        const completed_tasks = tasks.filter((task) => task.status === 'completed').length
        return { total_tasks: tasks.length, completed_tasks, pending_tasks: tasks.length - completed_tasks }
      }),
    createSprint: (project, name, weeks) =>
      call('sprint', 'createSprint', () => {
        if (world.sprints.some((one) => one.project_id === project && one.status === 'in_progress'))
          throw new AppError('conflict', 'A sprint is in progress already.')
        world.sprints = [
          aSprint({ sprint_id: name, project_id: project, sprint_name: name, duration_weeks: weeks }),
          ...world.sprints,
        ]
        const taken = of(project).filter((task) => task.status === 'unassigned')
        for (const task of taken) update(task.task_id, { status: 'assigned_to_sprint', sprint_id: name })
        return { sprint_id: name, assigned: taken.length, warnings: [] }
      }),
    closeSprint: (id) =>
      call('sprint', 'closeSprint', () => {
        const ours = world.tasks.filter((task) => task.sprint_id === id)
        const open = ours.filter((task) => task.status !== 'completed')
        const status = open.length > 0 ? 'closed_with_pending_tasks' : 'completed'
        if (!world.sprints.some((one) => one.sprint_id === id && one.status === 'in_progress'))
          throw new AppError('conflict', 'This sprint is closed already.')
        world.sprints = world.sprints.map((one) => (one.sprint_id === id ? { ...one, status } : one))
        for (const task of open) update(task.task_id, { status: 'unassigned', sprint_id: null })
        return { status, completed: ours.length - open.length, moved_to_backlog: open.length }
      }),
    history: () => call('chronicle', 'history', () => world.history),
    noteDecision: () => call('chronicle', 'noteDecision', () => ({ note_id: 'note' })),
  }
}

function unreachable(service: Service): AppError {
  return new AppError('upstream_unavailable', `The ${service} service cannot be reached.`, { details: { service } })
}
