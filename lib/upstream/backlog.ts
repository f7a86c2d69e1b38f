/** The backlog service: tasks, and how many there are of each kind. */
import * as z from 'zod'
import type { BacklogSummary, Task, Upstream } from '#lib/projects/ports'
import { count, id, missing, none } from './answers.ts'
import type { Asker } from './service.ts'

type BacklogService = Pick<Upstream, 'backlog' | 'tasks' | 'unassign'>

const maybeId = id.nullish().transform((value) => value ?? null)
const task = z.object({ task_id: id, status: z.string(), assigned_to: maybeId, sprint_id: maybeId })

const summary = z
  .object({
    total_tasks: count,
    status_counts: z.record(z.string(), z.number()).nullish(),
    unassigned_for_sprint_count: z.number().nullish(),
  })
  .transform(
    ({ total_tasks, status_counts, unassigned_for_sprint_count }): BacklogSummary => ({
      total_tasks,
      unassigned: unassigned_for_sprint_count ?? status_counts?.['unassigned'] ?? 0,
      in_progress: status_counts?.['in_progress'] ?? 0,
      completed: status_counts?.['completed'] ?? 0,
    }),
  )

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
        schema: z.array(task),
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
