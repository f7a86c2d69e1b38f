/** The sprint service. Its list of active sprints is not used: it answers 404 when no project has one. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import type { Sprint, TaskSummary, Upstream } from '#lib/projects/ports'
import { count, day, detailOf, id, listOf, maybeListOf, maybeNumber, missing, none, text } from './answers.ts'
import type { Asker } from './service.ts'
import type { Answer } from './wire.ts'

type SprintService = Pick<Upstream, 'sprints' | 'taskSummary' | 'createSprint' | 'closeSprint'>

const sprint = z.object({
  sprint_id: id,
  project_id: text,
  sprint_name: text,
  start_date: day,
  end_date: day,
  duration_weeks: count,
  status: text,
})
/** What is open decides whether a sprint is closed, so a summary that does not say it is none. */
const taskSummary = z
  .object({ total_tasks: count, completed_tasks: maybeNumber, pending_tasks: maybeNumber })
  .transform(({ total_tasks, completed_tasks, pending_tasks }): TaskSummary | null => {
    if (completed_tasks !== null && pending_tasks !== null) return { total_tasks, completed_tasks, pending_tasks }
    if (pending_tasks !== null) return { total_tasks, completed_tasks: total_tasks - pending_tasks, pending_tasks }
    if (completed_tasks === null || total_tasks === 0) return null
    return { total_tasks, completed_tasks, pending_tasks: total_tasks - completed_tasks }
  })
const created = z
  .object({ sprint_id: id, assigned_tasks_count: count, warnings: maybeListOf(z.string()) })
  .transform(({ sprint_id, assigned_tasks_count, warnings }) => ({
    sprint_id,
    assigned: assigned_tasks_count,
    warnings,
  }))
const closed = z
  .object({
    status_updated_to: text,
    completed_tasks_count: count,
    uncompleted_tasks_moved_to_backlog_count: count,
  })
  .transform((answer) => ({
    status: answer.status_updated_to,
    completed: answer.completed_tasks_count,
    moved_to_backlog: answer.uncompleted_tasks_moved_to_backlog_count,
  }))

export function sprintService(ask: Asker): SprintService {
  return {
    async sprints(projectId) {
      const list = await ask<readonly Sprint[]>({
        method: 'GET',
        route: '/sprints/by-project/{id}',
        params: { id: projectId },
        schema: listOf(sprint),
        otherwise: none([]),
      })
      // Its own order is the same already; of sprints that began on one day, what it names first stays first.
      return list.toSorted((a, b) => b.start_date.localeCompare(a.start_date))
    },

    taskSummary: (sprintId) =>
      ask({
        method: 'GET',
        route: '/sprints/{id}/task-summary',
        params: { id: sprintId },
        schema: taskSummary,
        otherwise: missing('such sprint'),
      }),

    createSprint: (projectId, name, weeks) =>
      ask({
        method: 'POST',
        route: '/sprints/{project}',
        params: { project: projectId },
        body: { sprint_name: name, duration_weeks: weeks },
        schema: created,
        otherwise: conflict('A sprint of this project is in progress already.'),
      }),

    closeSprint: (sprintId) =>
      ask({
        method: 'POST',
        route: '/sprints/{id}/close',
        params: { id: sprintId },
        body: {},
        schema: closed,
        otherwise: (answer) => {
          missing('such sprint')(answer)
          return conflict('The sprint is not in progress.')(answer)
        },
      }),
  }
}

function conflict(message: string): (answer: Answer) => undefined {
  return (answer) => {
    if (answer.status === 409) throw new AppError('conflict', message, { details: { said: bounded(detailOf(answer)) } })
  }
}

/** The service's own words, as long as a line. */
const bounded = (words: string): string => words.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
