/** The backlog service's routes. */
import { Hono } from 'hono'
import * as z from 'zod'
import { TASK_STATUSES } from '../state/model.ts'
import { putTask } from '../state/store.ts'
import { type Env, notFound, readBody, refuse, type World } from '../world.ts'

const taskPatch = z.object({
  title: z.string().optional(),
  description: z.string().optional(),
  status: z.enum(TASK_STATUSES).optional(),
  assigned_to: z.string().nullable().optional(),
  sprint_id: z.string().nullable().optional(),
  progress_percentage: z.int().min(0).max(100).optional(),
})

export function backlogRoutes({ store }: World): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/backlogs/:id/summary', (c) => {
    const tasks = store.tasks(c.req.param('id'))
    // As a query groups them: a status that no task has is not there.
    const counts = Object.fromEntries(
      TASK_STATUSES.map((status) => [status, tasks.filter((task) => task.status === status).length] as const).filter(
        ([, count]) => count > 0,
      ),
    )
    return c.json({
      project_id: c.req.param('id'),
      total_tasks: tasks.length,
      status_counts: counts,
      unassigned_for_sprint_count: tasks.filter((task) => task.status === 'unassigned' && task.sprint_id === null)
        .length,
    })
  })

  app.get('/backlogs/:id', (c) => {
    const status = c.req.query('status')
    return c.json(store.tasks(c.req.param('id')).filter((task) => status === undefined || task.status === status))
  })

  app.put('/tasks/:id', async (c) => {
    const task = store.task(c.req.param('id'))
    if (task === undefined) throw notFound(`Task ${c.req.param('id')}`)
    const patch = await readBody(c.req, taskPatch)
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
    if (Object.keys(given).length === 0) throw refuse(422, 'No fields to update')
    const freed = given['status'] === 'unassigned' ? { sprint_id: null } : {}
    store.commit([putTask({ ...task, ...freed, ...given })])
    return c.json({ message: 'Task updated successfully' })
  })
  return app
}
