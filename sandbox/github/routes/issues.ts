/** `/repos/{owner}/{repo}/issues`: list, create, read, change. Pull requests are issues here, as on GitHub. */
import { Hono } from 'hono'
import { changeIssue, openIssue } from '../actions/issues.ts'
import { refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { issueView } from '../views/issue.ts'
import { type Env, requireIssue, type World } from '../world.ts'
import { answerPage, doingOf, sceneOf } from './answer.ts'
import { issueQuery, listIssues } from './listing.ts'
import { issuePatch, newIssue } from './schemas.ts'

export function issueRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const query = issueQuery.safeParse(c.req.query())
    if (!query.success) throw refuse(422, 'Validation Failed', { errors: query.error.issues.map(toProblem) })
    const scene = sceneOf(c, world)
    return answerPage(c, world, listIssues(store.issues(c.var.repository.id), query.data), (issue) =>
      issueView(scene, issue),
    )
  })

  app.post('/', async (c) => {
    const issue = openIssue(doingOf(c, world), await readBody(c, newIssue))
    const answer = issueView(sceneOf(c, world), issue)
    return c.json(answer, 201, { location: answer.url })
  })

  app.get('/:number{[0-9]+}', (c) => c.json(issueView(sceneOf(c, world), requireIssue(c, world))))

  app.patch('/:number{[0-9]+}', async (c) => {
    const change = await readBody(c, issuePatch)
    const changed = changeIssue(doingOf(c, world), requireIssue(c, world), change)
    return c.json(issueView(sceneOf(c, world), changed))
  })

  app.put('/:number{[0-9]+}/lock', (c) => {
    store.changeIssue(requireIssue(c, world), { locked: true }, 'issue', c.var.user.login)
    return c.body(null, 204)
  })

  app.delete('/:number{[0-9]+}/lock', (c) => {
    store.changeIssue(requireIssue(c, world), { locked: false }, 'issue', c.var.user.login)
    return c.body(null, 204)
  })

  return app
}

const toProblem = ({ path }: { path: PropertyKey[] }) =>
  ({ resource: 'Issue', field: String(path[0] ?? ''), code: 'invalid' }) as const
