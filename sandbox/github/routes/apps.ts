/** What a GitHub App asks in its own name, by its JSON Web Token: where it is installed, and a token for there. */
import { type Context, Hono } from 'hono'
import { notFound, refuse } from '../http/answers.ts'
import type { Installation } from '../http/apps.ts'
import { readCredential } from '../http/auth.ts'
import { toGitHubTime } from '../views/time.ts'
import { userView } from '../views/user.ts'
import type { Env, World } from '../world.ts'

const PERMISSIONS = { contents: 'write', issues: 'write', metadata: 'read', pull_requests: 'write' } as const

export function appRoutes(world: World): Hono<Env> {
  const { apps, store, tally } = world
  const app = new Hono<Env>()

  const requireApp = (c: Context<Env>): void => {
    const credential = readCredential(c.req.header('authorization'))
    const complaint = credential.kind === 'token' ? apps.complaintAbout(credential.token) : 'Requires authentication'
    if (complaint !== undefined) throw refuse(401, complaint)
  }

  app.get('/repos/:owner/:repo/installation', (c) => {
    requireApp(c)
    const repository = store.repository(c.req.param('owner'), c.req.param('repo'))
    const installation = repository && apps.installationOn(repository.owner)
    if (installation === undefined) throw notFound()
    tally.count('GET /repos/:owner/:repo/installation', 200)
    return c.json(installationView(world, installation))
  })

  app.post('/app/installations/:id{[0-9]+}/access_tokens', (c) => {
    requireApp(c)
    const installation = apps.installation(Number(c.req.param('id')))
    if (installation === undefined) throw notFound()
    const { token, expires_at } = apps.grant(installation)
    tally.count('POST /app/installations/:id/access_tokens', 201)
    const told = { expires_at: toGitHubTime(expires_at), permissions: PERMISSIONS, repository_selection: 'all' }
    return c.json({ token, ...told }, 201)
  })

  return app
}

function installationView(world: World, { id, account }: Installation) {
  const base = world.url()
  return {
    id,
    account: userView(base, account),
    repository_selection: 'all',
    access_tokens_url: `${base}/app/installations/${id}/access_tokens`,
    repositories_url: `${base}/installation/repositories`,
    html_url: `${base}/settings/installations/${id}`,
    app_id: 1,
    app_slug: 'coxswain',
    target_id: id,
    target_type: 'User',
    permissions: PERMISSIONS,
    events: ['issues', 'pull_request', 'pull_request_review'],
    created_at: toGitHubTime(0),
    updated_at: toGitHubTime(0),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  }
}
