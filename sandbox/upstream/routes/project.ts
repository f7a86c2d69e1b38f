/** The project service's routes. */
import { Hono } from 'hono'
import { isDay } from '../state/days.ts'
import { type Env, refuse, requireProject, type World } from '../world.ts'

export function projectRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/projects', (c) => c.json(store.projects()))

  app.get('/projects/:id', (c) => c.json(requireProject(world, c.req.param('id'))))

  app.get('/projects/:id/team-members', (c) => {
    // Nobody asks whether the project is there: one that is not has a team without members.
    const id = c.req.param('id')
    const team_members = store.members(id).map(({ project_id: _, ...member }) => member)
    return c.json({ project_id: id, team_members })
  })

  app.get('/projects/:id/availability/check', (c) => {
    const id = c.req.param('id')
    const from = dayIn('start_date', c.req.query('start_date'))
    const to = dayIn('end_date', c.req.query('end_date'))
    const conflicts = store.conflicts(id, from, to)
    return c.json({ status: conflicts.length > 0 ? 'conflict' : 'ok', conflicts })
  })
  return app
}

function dayIn(name: string, text: string | undefined): string {
  if (text !== undefined && isDay(text)) return text
  throw refuse(422, [{ loc: ['query', name], msg: 'invalid date format', type: 'value_error.date' }])
}
