/** `/repos/{owner}/{repo}/pulls/{number}/reviews` and `…/comments`: oldest first. */
import { Hono } from 'hono'
import { addReview } from '../actions/talk.ts'
import { readBody } from '../http/body.ts'
import { remarkView, reviewView } from '../views/pull.ts'
import { type Env, requirePull, type World } from '../world.ts'
import { answerPage, doingOf, sceneOf } from './answer.ts'
import { newReview } from './schemas.ts'

export function reviewRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const scene = sceneOf(c, world)
    return answerPage(c, world, store.reviews(requirePull(c, world)), (review) => reviewView(scene, review))
  })

  app.post('/', async (c) => {
    const { body, event, commit_id, comments: remarks } = await readBody(c, newReview)
    const review = addReview(doingOf(c, world), requirePull(c, world), { body, event, commit: commit_id, remarks })
    return c.json(reviewView(sceneOf(c, world), review))
  })

  return app
}

/** Remarks on lines; `direction=desc` turns them round. */
export function remarkRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/', (c) => {
    const remarks = world.store.remarks(requirePull(c, world))
    const scene = sceneOf(c, world)
    const inOrder = c.req.query('direction') === 'desc' ? remarks.toReversed() : remarks
    return answerPage(c, world, inOrder, (remark) => remarkView(scene, remark))
  })
  return app
}
