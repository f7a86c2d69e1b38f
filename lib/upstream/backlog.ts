/** The backlog service: tasks, and how many there are of each kind. */
import * as z from 'zod'
import type { BacklogSummary, Task, Upstream } from '#lib/projects/ports'
import { count, id, listOf, maybeNumber, missing, none, text } from './answers.ts'
import type { Asker } from './service.ts'

type BacklogService = Pick<Upstream, 'backlog' | 'tasks' | 'unassign'>

const maybeId = id
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? null)
const task = z.object({ task_id: id, status: text, assigned_to: maybeId, sprint_id: maybeId })

const summary = z
  .object({
    total_tasks: count,
    status_counts: z.record(z.string(), z.unknown()).catch({}),
    unassigned_for_sprint_count: maybeNumber,
  })
  .transform(({ total_tasks, status_counts, unassigned_for_sprint_count }): BacklogSummary => {
    const of = (status: string) => count.parse(status_counts[status])
    return {
      total_tasks,
      unassigned: unassigned_for_sprint_count ?? of('unassigned'),
      in_progress: of('in_progress'),
      completed: of('completed'),
    }
  })

const EMPTY: BacklogSummary = { total_tasks: 0, unassigned: 0, in_progress: 0, completed: 0 }
/** What makes a task one of the backlog again. */
const IN_BACKLOG = { status: 'unassigned', sprint_id: null, assigned_to: null }

export function backlogService(ask: Asker): BacklogService {
  return {
    backlog: (projectId) =>
      ask({
        method: 'GET',
        route: '/backlogs/{id}/summary',
        params: { id: projectId },
        schema: summary,
        otherwise: none(EMPTY),
      }),

    tasks: (projectId, status) =>
      ask<readonly Task[]>({
        method: 'GET',
        route: '/backlogs/{id}',
        params: { id: projectId },
        ...(status !== undefined && { query: { status } }),
        schema: listOf(task),
        otherwise: none([]),
      }),

    async unassign(taskId) {
      await ask({
        method: 'PUT',
        route: '/tasks/{id}',
        params: { id: taskId },
        body: IN_BACKLOG,
        schema: z.unknown(),
        otherwise: missing('such task'),
      })
    },
  }
}
