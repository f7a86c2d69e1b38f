/** `/repos/{owner}/{repo}/issues/{number}/comments`: oldest first, as GitHub lists them. */
import { Hono } from 'hono'
import { fromTimestamp } from '#lib/clock'
import { addComment } from '../actions/talk.ts'
import { readBody } from '../http/body.ts'
import { commentView } from '../views/issue.ts'
import { type Env, requireIssue, type World } from '../world.ts'
import { answerPage, doingOf, sceneOf } from './answer.ts'
import { newComment } from './schemas.ts'

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
    const comment = addComment(doingOf(c, world), requireIssue(c, world), body)
    const answer = commentView(sceneOf(c, world), comment)
    return c.json(answer, 201, { location: answer.url })
  })

  return app
}
