/** The pages and their forms. Who uses a browser on this machine is its owner, so the forms need no token. */
import { Hono } from 'hono'
import { systemIds } from '#lib/ids'
import type { Actor } from '../../state/model.ts'
import type { Env, World } from '../../world.ts'
import { actRoutes } from './act.ts'
import { lookRoutes } from './look.ts'

/** Who sits at the browser. */
const PERSON: Actor = { login: 'you', association: 'OWNER' }

export function pageRoutes(world: World): Hono<Env> {
  /** What a form must carry: no page of another origin can read it, and it is another one after each start. */
  const word = systemIds.secret()
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    c.set('user', PERSON)
    await next()
  })
  app.route('/', lookRoutes(world, word))
  app.route('/', actRoutes(world, word))
  return app
}
