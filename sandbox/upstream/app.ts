/** Puts the four services under one address, each below a base path of its own. */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { AppError, HTTP_STATUS } from '#lib/errors'
import { CONTROL, control } from '../http/control.ts'
import { sabotage } from '../http/faults.ts'
import { backlogRoutes } from './routes/backlog.ts'
import { chronicleRoutes } from './routes/chronicle.ts'
import { controlRoutes } from './routes/control.ts'
import { projectRoutes } from './routes/project.ts'
import { sprintRoutes } from './routes/sprint.ts'
import { type Env, refuse, SERVICES, type ServiceName, type World } from './world.ts'

const ROUTES: Readonly<Record<ServiceName, (world: World) => Hono<Env>>> = {
  project: projectRoutes,
  backlog: backlogRoutes,
  sprint: sprintRoutes,
  chronicle: chronicleRoutes,
}

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const app = new Hono<Env>()
  app.onError(answerError)
  // In the words of the services' web framework, by which a wrong base address is told from a missing thing.
  app.notFound(() => refuse(404, 'Not Found').getResponse())
  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controlRoutes(world))
  for (const service of SERVICES) {
    app.use(`/${service}/*`, async (c, next) => {
      await next()
      const route = routePath(c, -1).replace(`/${service}`, '')
      world.tally.count(service, `${c.req.method} ${route}`, c.res.status)
    })
    app.use(`/${service}/*`, sabotage(world.faults[service], failing))
    app.get(`/${service}/health`, (c) => c.json({ status: 'ok' }))
    app.route(`/${service}`, ROUTES[service](world))
  }
  return app
}

function failing(status: number): Response {
  return Response.json({ detail: status >= 500 ? 'Internal Server Error' : 'Refused.' }, { status })
}

function answerError(error: Error): Response {
  if (error instanceof HTTPException) return error.getResponse()
  if (error instanceof AppError) return refuse(HTTP_STATUS[error.code], error.message).getResponse()
  process.stderr.write(`upstream stand-in: ${error.stack ?? error.message}\n`)
  return refuse(500, 'Internal Server Error').getResponse()
}
