/** What happened to an issue, who may do what, and the one GraphQL query that is known here: who edited an issue's text. */
import { Hono } from 'hono'
import * as z from 'zod'
import { refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { EventRecord, IssueRecord, Permission } from '../state/model.ts'
import { apiOf, labelView, type Scene } from '../views/issue.ts'
import { orNull, toGitHubTime } from '../views/time.ts'
import { nodeId, userView } from '../views/user.ts'
import { type Env, requireIssue, type World } from '../world.ts'
import { answerPage, sceneOf } from './answer.ts'

const query = z.object({
  query: z.string(),
  variables: z.object({ owner: z.string(), repo: z.string(), number: z.int() }),
})

/** `/repos/{owner}/{repo}/issues/{number}/events`: oldest first. */
export function eventRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/', (c) => {
    const scene = sceneOf(c, world)
    return answerPage(c, world, world.store.events(requireIssue(c, world)), (event) => eventView(scene, event))
  })
  return app
}

/** `/repos/{owner}/{repo}/collaborators`. */
export function collaboratorRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/:login/permission', (c) => {
    const login = c.req.param('login')
    const permission = world.store.permission(c.var.repository.id, login)
    return c.json({
      permission: LEGACY[permission],
      user: { ...userView(world.url(), login), permissions: rightsOf(permission), role_name: permission },
      role_name: permission,
    })
  })
  return app
}

/** `/graphql`. */
export function graphqlRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/', async (c) => {
    const { query: text, variables } = await readBody(c, query)
    if (!text.includes('lastEditedAt')) throw refuse(422, 'The stand-in knows no other query.')
    const repository = world.store.repository(variables.owner, variables.repo)
    const issue = repository && world.store.issue(repository.id, variables.number)
    const found = issue === undefined || issue.deleted ? null : editView(issue)
    const message = 'Could not resolve to an Issue.'
    return c.json({
      data: { repository: { issue: found } },
      ...(found === null && { errors: [{ type: 'NOT_FOUND', message }] }),
    })
  })
  return app
}

/** The older field knows three rights. */
const LEGACY: Readonly<Record<Permission, 'admin' | 'write' | 'read' | 'none'>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
}

function rightsOf(permission: Permission) {
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(permission)
  return { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 }
}

function eventView(scene: Scene, event: EventRecord) {
  const label = event.label === undefined ? undefined : scene.store.label(event.repository, event.label)
  const view = label && labelView(scene, label)
  return {
    id: event.id,
    node_id: nodeId('Event', event.id),
    url: `${apiOf(scene)}/issues/events/${event.id}`,
    actor: userView(scene.base, event.actor),
    event: event.event,
    commit_id: null,
    commit_url: null,
    created_at: toGitHubTime(event.at),
    performed_via_github_app: null,
    ...(view && { label: { name: view.name, color: view.color } }),
    ...(event.rename && { rename: event.rename }),
  }
}

function editView({ edited }: IssueRecord) {
  return { lastEditedAt: orNull(edited?.at ?? null), editor: edited === undefined ? null : { login: edited.by } }
}
