/** `/repos/{owner}/{repo}/pulls`: list, open, read, change, merge. Branches are those of the bare repository. */
import { Hono } from 'hono'
import { changePull } from '../actions/issues.ts'
import { mergePull } from '../actions/merge.ts'
import { invalid, refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { PullRequest } from '../state/model.ts'
import { pullDetailsView, pullView } from '../views/pull.ts'
import { type Call, type Env, isPull, requirePull, type World } from '../world.ts'
import { answerPage, doingOf, sceneOf } from './answer.ts'
import { issueQuery, listIssues } from './listing.ts'
import { openPull } from './opening.ts'
import { merging, pullPatch } from './schemas.ts'

export function pullRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const pulls = filterPulls(c, world)
    const scene = sceneOf(c, world)
    return answerPage(c, world, pulls, (pull) => pullView(scene, pull))
  })

  app.post('/', async (c) => {
    const pull = await openPull(c, world)
    const answer = await detailed(c, world, pull)
    return c.json(answer, 201, { location: answer.url })
  })

  app.get('/:number{[0-9]+}', async (c) => c.json(await detailed(c, world, requirePull(c, world))))

  app.patch('/:number{[0-9]+}', async (c) => {
    const change = await readBody(c, pullPatch)
    changePull(doingOf(c, world), requirePull(c, world), change)
    return c.json(await detailed(c, world, requirePull(c, world)))
  })

  app.get('/:number{[0-9]+}/merge', (c) => {
    if (requirePull(c, world).pull.merge === null) throw refuse(404, 'Not Found')
    return c.body(null, 204)
  })

  app.put('/:number{[0-9]+}/merge', async (c) => {
    const request = await readBody(c, merging)
    const sha = await mergePull(doingOf(c, world), requirePull(c, world), request)
    return c.json({ sha, merged: true, message: 'Pull Request successfully merged' })
  })

  return app
}

/** Filters of a list of pull requests: those of issues, and `head=owner:branch`, `base=branch`. */
function filterPulls(c: Call, world: World): readonly PullRequest[] {
  const { head, base, state, sort, direction } = c.req.query()
  const query = issueQuery.safeParse({ state, sort: sort === 'popularity' ? 'comments' : sort, direction })
  if (!query.success) throw invalid({ resource: 'PullRequest', field: 'state', code: 'invalid' })
  const pulls = listIssues(world.store.issues(c.var.repository.id), query.data).filter(isPull)
  // GitHub ignores a head that is not written as owner:branch.
  const wanted = head?.includes(':') ? head : undefined
  const owner = c.var.repository.owner.toLowerCase()
  return pulls.filter(({ pull }) => {
    const label = `${owner}:${pull.head}`
    const [whose = '', ...branch] = (wanted ?? label).split(':')
    return `${whose.toLowerCase()}:${branch.join(':')}` === label && (base === undefined || base === pull.base)
  })
}

async function detailed(c: Call, world: World, issue: PullRequest) {
  const { git, store } = world
  const { base, base_sha, head_sha } = issue.pull
  const id = c.var.repository.id
  const open = issue.state === 'open'
  const [comparison, mergeable] = await Promise.all([
    git.compare(id, base_sha, head_sha),
    open ? git.isMergeable(id, `refs/heads/${base}`, head_sha) : null,
  ])
  const reviewComments = store.remarks(issue).length
  return pullDetailsView(sceneOf(c, world), issue, { ...comparison, mergeable, reviewComments })
}
