/** Puts the routes together: health and control in the open, everything else for those who are known. */
import { Hono } from 'hono'
import { AppError, HTTP_STATUS } from '#lib/errors'
import { CONTROL, control } from '../http/control.ts'
import { count, identify, sabotage } from './http/gate.ts'
import { Refused, refused } from './http/status.ts'
import { controlRoutes } from './routes/control.ts'
import { discoveryRoutes } from './routes/discovery.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { serveResource } from './routes/resources.ts'
import type { Env, World } from './world.ts'

/** Load balancers ask these, and have no token. */
const OPEN = ['/healthz', '/livez', '/readyz', '/version']

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const app = new Hono<Env>()
  app.onError(answerError)
  app.notFound(() => refused(404).response())

  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controlRoutes(world))
  app.use(count(world), sabotage(world))
  const known = identify(world)
  app.use((c, next) => (OPEN.includes(c.req.path) ? next() : known(c, next)))
  app.route('/', discoveryRoutes())
  app.route('/', openApiRoutes())
  app.all('*', async (c) => (await serveResource(c, world)) ?? refused(404).response())
  return app
}

function answerError(error: Error): Response {
  if (error instanceof Refused) return error.response()
  if (error instanceof AppError) return refused(HTTP_STATUS[error.code], error.message).response()
  process.stderr.write(`cluster stand-in: ${error.stack ?? error.message}\n`)
  return refused(500).response()
}
