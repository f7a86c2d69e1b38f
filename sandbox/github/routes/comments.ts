/** `/repos/{owner}/{repo}/issues/{number}/comments`: oldest first, as GitHub lists them. */
import { Hono } from 'hono'
import { fromTimestamp } from '#lib/clock'
import { invalid, refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { Permission } from '../state/model.ts'
import { commentView } from '../views/issue.ts'
import { type Env, requireIssue, type World } from '../world.ts'
import { answerPage, sceneOf } from './answer.ts'
import { bodyLimit, characters, newComment } from './schemas.ts'

export function commentRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const since = fromTimestamp(c.req.query('since') ?? '')
    const comments = store.comments(requireIssue(c, world))
    const recent = Number.isNaN(since) ? comments : comments.filter((comment) => comment.updated_at >= since)
    const scene = sceneOf(c, world)
    return answerPage(c, world, recent, (comment) => commentView(scene, comment))
  })

  app.post('/', async (c) => {
    const { body = '' } = await readBody(c, newComment)
    if (body.trim() === '') throw unprocessable('Body cannot be blank')
    if (characters(body) > bodyLimit) throw unprocessable(`Body is too long (maximum is ${bodyLimit} characters)`)
    const issue = requireIssue(c, world)
    if (issue.locked && !WRITERS.includes(store.permission(c.var.repository.id, c.var.user.login))) throw locked()
    const comment = store.addComment(issue, c.var.user, body)
    const answer = commentView(sceneOf(c, world), comment)
    return c.json(answer, 201, { location: answer.url })
  })

  return app
}

const WRITERS: readonly Permission[] = ['write', 'maintain', 'admin']

const locked = () =>
  refuse(403, 'Unable to create comment because issue is locked.', {
    documentation: 'https://docs.github.com/articles/locking-conversations/',
  })

const unprocessable = (message: string) =>
  invalid({ resource: 'IssueComment', code: 'unprocessable', field: 'data', message })
