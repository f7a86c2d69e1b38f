/** `/<owner>/<repo>.git`: clone, fetch and push over HTTP, and what a push means for open pull requests. */
import { Hono } from 'hono'
import { judgeCredential, readCredential } from '../http/auth.ts'
import { type Call, type Env, isPull, requireRepository, type World } from '../world.ts'

const PUSH = 'git-receive-pack'

export function gitRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/:owner/:repo/info/refs', (c) => serve(c, world, '/info/refs'))
  app.post('/:owner/:repo/git-upload-pack', (c) => serve(c, world, '/git-upload-pack'))
  app.post('/:owner/:repo/git-receive-pack', (c) => serve(c, world, `/${PUSH}`))
  return app
}

async function serve(c: Call, world: World, service: string): Promise<Response> {
  const verdict = judgeCredential(readCredential(c.req.header('authorization')), world.token)
  const isPush = service === `/${PUSH}` || c.req.query('service') === PUSH
  if (verdict === 'bad' || (isPush && verdict !== 'known')) {
    return c.text('Authentication required.', 401, { 'www-authenticate': 'Basic realm="GitHub"' })
  }
  const repository = requireRepository(c, world)
  const user = verdict === 'known' ? c.var.user.login : undefined
  const { response, finished } = await world.backend.serve({
    repository: repository.id,
    service,
    request: c.req.raw,
    user,
  })
  if (service !== `/${PUSH}`) return response
  // The pusher may open his pull request the moment he has the answer, so the answer waits for the bookkeeping.
  const report = await response.arrayBuffer()
  await finished
  world.store.pushed(repository)
  await followBranches(world, repository.id)
  return new Response(report, { status: response.status, headers: response.headers })
}

/** Open pull requests move with their branches. */
export async function followBranches(world: Pick<World, 'git' | 'store'>, repository: number): Promise<void> {
  const branches = await world.git.branches(repository)
  for (const issue of world.store.issues(repository).filter(isPull)) {
    const { head, head_sha } = issue.pull
    const sha = branches.get(head)
    if (issue.state === 'closed' || sha === undefined || sha === head_sha) continue
    world.store.changeIssue(issue, { pull: { ...issue.pull, head_sha: sha } }, null)
  }
}
