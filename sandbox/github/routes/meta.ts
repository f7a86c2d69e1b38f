/** `/repos/{owner}/{repo}`, `/user`, `/rate_limit`: what is told about the house itself. */
import { Hono } from 'hono'
import { readBody } from '../http/body.ts'
import { fullRepositoryView } from '../views/repository.ts'
import { ownUserView } from '../views/user.ts'
import type { Env, World } from '../world.ts'
import { sceneOf } from './answer.ts'
import { repositoryPatch } from './schemas.ts'

export function metaRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/user', (c) => c.json(ownUserView(world.url(), c.var.user.login)))

  app.get('/rate_limit', (c) => {
    const { limit, remaining, reset, used } = world.limits.primary(c.var.caller)
    const core = { limit, used, remaining, reset }
    return c.json({ resources: { core, search: { limit: 30, used: 0, remaining: 30, reset } }, rate: core })
  })

  app.get('/repos/:owner/:repo', (c) => {
    const { openIssues } = sceneOf(c, world)
    return c.json(fullRepositoryView(world.url(), c.var.repository, openIssues))
  })

  app.patch('/repos/:owner/:repo', async (c) => {
    const { archived } = await readBody(c, repositoryPatch)
    const repository = archived === undefined ? c.var.repository : world.store.archive(c.var.repository, archived)
    return c.json(fullRepositoryView(world.url(), repository, sceneOf(c, world).openIssues))
  })
  return app
}
