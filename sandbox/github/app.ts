/** Puts the routes together: GitHub's REST API, git and pages under one address, as their paths never meet. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { getPath } from 'hono/utils/url'
import { AppError, HTTP_STATUS } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { CONTROL, control } from '../http/control.ts'
import { lfsRoutes } from './git/lfs-routes.ts'
import { notFound, refuse } from './http/answers.ts'
import { authenticate, identify, limit, sabotage, validate } from './http/gate.ts'
import { appRoutes } from './routes/apps.ts'
import { commentRoutes } from './routes/comments.ts'
import { controlRoutes } from './routes/control.ts'
import { gitRoutes } from './routes/git.ts'
import { collaboratorRoutes, eventRoutes, graphqlRoutes } from './routes/history.ts'
import { issueRoutes } from './routes/issues.ts'
import { issueLabelRoutes, labelRoutes } from './routes/labels.ts'
import { metaRoutes } from './routes/meta.ts'
import { pageRoutes } from './routes/pages/pages.ts'
import { asPage, wantsPage } from './routes/pages/problem.ts'
import { pullRoutes } from './routes/pulls.ts'
import { remarkRoutes, reviewRoutes } from './routes/reviews.ts'
import type { Store } from './state/store.ts'
import { type Env, pathInRepository, requireRepository, type World } from './world.ts'

const REPOSITORY = '/repos/:owner/:repo'
/** What counts as a REST call: limited, authenticated, validated. */
const REST = ['/repos/*', '/user', '/rate_limit', '/graphql']

export function createApp(world: World, controlToken?: string): Hono<Env> {
  const app = new Hono<Env>({ getPath: (request) => resolvePath(getPath(request), world.store) })
  app.onError((error, c) => answerTo(c, error))
  app.notFound((c) => answerTo(c, notFound()))

  app.use(`${CONTROL}/*`, control(controlToken))
  app.route(CONTROL, controlRoutes(world))
  app.route('/', appRoutes(world))
  app.use(identify(world, requestId), sabotage(world))
  for (const path of REST) app.use(path, limit(world), authenticate(world), validate())
  app.use(`${REPOSITORY}/*`, async (c, next) => {
    const repository = requireRepository(c, world)
    const isWrite = !['GET', 'HEAD'].includes(c.req.method) && pathInRepository(c) !== ''
    if (isWrite && repository.archived) throw refuse(403, 'Repository was archived so is read-only.')
    c.set('repository', repository)
    await next()
  })

  app.route('/', metaRoutes(world))
  app.route(`${REPOSITORY}/issues`, issueRoutes(world))
  app.route(`${REPOSITORY}/issues/:number{[0-9]+}/labels`, issueLabelRoutes(world))
  app.route(`${REPOSITORY}/issues/:number{[0-9]+}/comments`, commentRoutes(world))
  app.route(`${REPOSITORY}/issues/:number{[0-9]+}/events`, eventRoutes(world))
  app.route(`${REPOSITORY}/collaborators`, collaboratorRoutes(world))
  app.route(`${REPOSITORY}/labels`, labelRoutes(world))
  app.route('/graphql', graphqlRoutes(world))
  app.route(`${REPOSITORY}/pulls`, pullRoutes(world))
  app.route(`${REPOSITORY}/pulls/:number{[0-9]+}/reviews`, reviewRoutes(world))
  app.route(`${REPOSITORY}/pulls/:number{[0-9]+}/comments`, remarkRoutes(world))
  app.route('/', gitRoutes(world))
  app.route('/', lfsRoutes(world))
  app.route('/', pageRoutes(world))
  return app
}

/** `/repositories/<id>/…` is `/repos/<owner>/<repo>/…` by an address that outlives names. */
function resolvePath(path: string, store: Store): string {
  const [, id, rest] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? []
  const repository = id === undefined ? undefined : store.repositoryById(Number(id))
  return repository === undefined ? path : `/repos/${repository.owner}/${repository.name}${rest ?? ''}`
}

/** GitHub's JSON for programs, a page for browsers. */
function answerTo(c: Context, error: Error): Response | Promise<Response> {
  const answer = answerError(error)
  return wantsPage(c) ? asPage(answer) : answer
}

function answerError(error: Error): Response {
  if (error instanceof HTTPException) return error.getResponse()
  if (error instanceof AppError) return refuse(HTTP_STATUS[error.code], error.message).getResponse()
  process.stderr.write(`github stand-in: ${error.stack ?? error.message}\n`)
  return refuse(500, 'Server Error').getResponse()
}

/** Shaped like GitHub's: groups of hexadecimal digits. */
const requestId = (): string => systemIds.uuid().replaceAll('-', ':').toUpperCase()
