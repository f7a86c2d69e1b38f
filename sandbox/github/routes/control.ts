/** `/_stand_in`: what tests ask of the stand-in itself. None of it exists on GitHub, none of it counts against limits. */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { notFound } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { faultPlan } from '../http/faults.ts'
import { ASSOCIATIONS } from '../state/model.ts'
import { issueView } from '../views/issue.ts'
import type { Env, World } from '../world.ts'

const repositoryName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'is not owner/repo')

const issueSeed = z.strictObject({
  title: z.string(),
  body: z.string().nullable().optional(),
  labels: z.array(z.string()).optional(),
  author: z.string().optional(),
  association: z.enum(ASSOCIATIONS).optional(),
  /** RFC 3339. */
  created_at: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .optional(),
})

/** More issues than this in one call would be a mistake. */
const MOST_ISSUES = 5000

const issueBatch = z.strictObject({ repository: repositoryName, issues: z.array(issueSeed).min(1).max(MOST_ISSUES) })
const renaming = z.strictObject({ from: repositoryName, to: repositoryName })

export function controlRoutes(world: World): Hono<Env> {
  const { faults, seeder, store, tally } = world
  const app = new Hono<Env>()

  app.get('/stats', (c) => c.json(tally.stats()))

  app.post('/faults', async (c) => {
    faults.add(await readBody(c, faultPlan))
    return c.body(null, 204)
  })

  app.delete('/faults', (c) => {
    faults.clear()
    return c.body(null, 204)
  })

  app.post('/issues', async (c) => {
    const { repository: name, issues } = await readBody(c, issueBatch)
    const repository = await seeder.repository(name)
    const made = issues.map((issue) => seeder.addIssue(repository, issue))
    const scene = { base: world.url(), store, repository }
    return c.json(
      made.map((issue) => issueView(scene, issue)),
      201,
    )
  })

  app.delete('/issues/:owner/:repo/:number{[0-9]+}', (c) => {
    seeder.deleteIssue(`${c.req.param('owner')}/${c.req.param('repo')}`, Number(c.req.param('number')))
    return c.body(null, 204)
  })

  app.post('/rename', async (c) => {
    const { from, to } = await readBody(c, renaming)
    seeder.rename(from, to)
    return c.body(null, 204)
  })

  app.all('*', (_c: Context) => {
    throw notFound()
  })
  return app
}
