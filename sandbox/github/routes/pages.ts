/** What a person sees who opens a link in a browser: plain pages, every text escaped by the template. */
import { Hono } from 'hono'
import { issueLabels } from '../views/issue.ts'
import { frontPage, issuePage, repositoryPage } from '../views/pages.ts'
import { fullName } from '../views/repository.ts'
import type { Call, Env, World } from '../world.ts'
import { isPull, requireIssue, requireRepository } from '../world.ts'
import { sceneOf } from './answer.ts'

/** Pages run no scripts and load nothing. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

export function pageRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()
  const show = (c: Call, page: Parameters<Call['html']>[0]) =>
    c.html(page, 200, { 'content-security-policy': CONTENT_POLICY, 'x-content-type-options': 'nosniff' })

  app.get('/', (c) => show(c, frontPage(store.repositories().map(fullName))))

  for (const path of ['/:owner/:repo', '/:owner/:repo/issues', '/:owner/:repo/pulls']) {
    app.get(path, (c) => {
      const repository = requireRepository(c, world)
      return show(c, repositoryPage(repository, store.issues(repository.id).toReversed()))
    })
  }

  for (const path of ['/:owner/:repo/issues/:number{[0-9]+}', '/:owner/:repo/pull/:number{[0-9]+}']) {
    app.get(path, async (c) => {
      c.set('repository', requireRepository(c, world))
      const { repository } = c.var
      const issue = requireIssue(c, world)
      const diff = isPull(issue) ? await world.git.diff(repository.id, issue.pull.base_sha, issue.pull.head_sha) : ''
      const labels = issueLabels(sceneOf(c, world), issue)
      const said = [...store.comments(issue), ...store.reviews(issue), ...store.remarks(issue)].toSorted(
        (a, b) => a.id - b.id,
      )
      return show(c, issuePage({ repository, issue, labels, said, diff }))
    })
  }
  return app
}
