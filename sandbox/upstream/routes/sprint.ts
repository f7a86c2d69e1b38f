/** The sprint service's routes. */
import { Hono } from 'hono'
import * as z from 'zod'
import { activeSprint, closeSprint, hasUnassigned, openSprint, runDailyScrum, taskSummary } from '../state/sprints.ts'
import { type Env, notFound, readBody, refuse, requireSprint, type World } from '../world.ts'

const opening = z.object({ sprint_name: z.string().min(1).max(200), duration_weeks: z.int().min(1).max(52) })

export function sprintRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/sprints/active', (c) => {
    const active = store.allSprints().find((sprint) => sprint.status === 'in_progress')
    if (active === undefined) throw refuse(404, 'No active sprint found.')
    return c.json({ sprint_id: active.sprint_id })
  })

  app.get('/sprints/by-project/:project', (c) => {
    const status = c.req.query('status')
    const sprints = store.sprints(c.req.param('project'))
    return c.json(sprints.filter((sprint) => status === undefined || sprint.status === status))
  })

  app.get('/sprints/:id', (c) => {
    const sprint = requireSprint(world, c.req.param('id'))
    return c.json({ sprint, tasks: store.tasksOfSprint(sprint.sprint_id) })
  })

  app.get('/sprints/:id/task-summary', (c) => c.json(taskSummary(store, requireSprint(world, c.req.param('id')))))

  app.post('/sprints/:project', async (c) => {
    const project_id = c.req.param('project')
    const wish = await readBody(c.req, opening)
    if (store.project(project_id) === undefined) throw notFound(`Project ${project_id}`)
    const running = activeSprint(store, project_id)
    if (running !== undefined) throw refuse(409, `A sprint is already in progress for project ${project_id}.`)
    if (!hasUnassigned(store, project_id)) throw refuse(409, `No unassigned tasks found for project ${project_id}.`)
    const { sprint, assigned, warnings } = openSprint(store, { project_id, ...wish })
    const told = warnings.length > 0 ? { warnings } : {}
    const message = `Sprint ${sprint.sprint_id} started.`
    return c.json({ message, sprint_id: sprint.sprint_id, assigned_tasks_count: assigned, ...told }, 201)
  })

  app.post('/sprints/:id/close', (c) => {
    const sprint = requireSprint(world, c.req.param('id'))
    if (sprint.status !== 'in_progress') throw refuse(409, `Sprint ${sprint.sprint_id} is not in 'in_progress' status.`)
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
    if (sprint.status !== 'in_progress') throw refuse(404, `Sprint ${sprint.sprint_id} is not in progress.`)
    const { report, updated } = runDailyScrum(store, sprint)
    return c.json({
      message: 'Daily scrum held.',
      sprint_id: sprint.sprint_id,
      tasks_updated_count: updated,
      report_id: report.note_id,
    })
  })
  return app
}
