/** The sprint service's routes. */
import { Hono } from 'hono'
import * as z from 'zod'
import { activeSprint, closeSprint, openSprint, runDailyScrum, taskSummary } from '../state/sprints.ts'
import { type Env, notFound, readBody, refuse, requireSprint, type World } from '../world.ts'

const opening = z.object({ sprint_name: z.string().min(1).max(200), duration_weeks: z.int().min(1).max(52) })

export function sprintRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/sprints/active', (c) => {
    const active = store.allSprints().filter((sprint) => sprint.status === 'in_progress')
    if (active.length === 0) throw refuse(404, 'No active sprints found.')
    return c.json(active)
  })

  app.get('/sprints/by-project/:project', (c) => c.json(store.sprints(c.req.param('project'))))

  app.get('/sprints/:id', (c) => c.json(requireSprint(world, c.req.param('id'))))

  app.get('/sprints/:id/task-summary', (c) => {
    const sprint = requireSprint(world, c.req.param('id'))
    return c.json({ sprint_id: sprint.sprint_id, ...taskSummary(store, sprint) })
  })

  app.post('/sprints/:project', async (c) => {
    const project_id = c.req.param('project')
    const wish = await readBody(c.req, opening)
    if (store.project(project_id) === undefined) throw notFound(`Project ${project_id}`)
    const running = activeSprint(store, project_id)
    if (running !== undefined) throw refuse(409, `Sprint ${running.sprint_id} of this project is in progress.`)
    const { sprint, assigned, warnings } = openSprint(store, { project_id, ...wish })
    const told = warnings.length > 0 ? { warnings } : {}
    const message = `Sprint ${sprint.sprint_id} started.`
    return c.json({ message, sprint_id: sprint.sprint_id, assigned_tasks_count: assigned, ...told }, 201)
  })

  app.post('/sprints/:id/close', (c) => {
    const sprint = requireSprint(world, c.req.param('id'))
    if (sprint.status !== 'in_progress') throw refuse(409, `Sprint ${sprint.sprint_id} is not in progress.`)
    const closed = closeSprint(store, sprint)
    return c.json({
      message: `Sprint ${sprint.sprint_id} closed.`,
      sprint_id: sprint.sprint_id,
      status_updated_to: closed.sprint.status,
      completed_tasks_count: closed.completed,
      uncompleted_tasks_moved_to_backlog_count: closed.moved,
      retrospective_report_id: closed.retrospective.note_id,
    })
  })

  app.post('/sprints/:id/run-daily-scrum', (c) => {
    const sprint = requireSprint(world, c.req.param('id'))
    if (sprint.status !== 'in_progress') throw refuse(409, `Sprint ${sprint.sprint_id} is not in progress.`)
    const report = runDailyScrum(store, sprint)
    return c.json({ message: 'Daily scrum held.', report_id: report.note_id }, 201)
  })
  return app
}
