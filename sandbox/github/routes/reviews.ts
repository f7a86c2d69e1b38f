/** `/repos/{owner}/{repo}/pulls/{number}/reviews` and `…/comments`: oldest first. Unlike on GitHub, an author may judge his own work. */
import { Hono } from 'hono'
import { refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { ReviewState } from '../state/model.ts'
import { remarkView, reviewView } from '../views/pull.ts'
import { type Env, requirePull, type World } from '../world.ts'
import { answerPage, sceneOf } from './answer.ts'
import { checkTexts, newReview } from './schemas.ts'

/** What an event makes of the review; without one it stays a draft. */
const STATE_AFTER = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const satisfies Record<string, ReviewState>

export function reviewRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const scene = sceneOf(c, world)
    return answerPage(c, world, store.reviews(requirePull(c, world)), (review) => reviewView(scene, review))
  })

  app.post('/', async (c) => {
    const { body, event, commit_id, comments: remarks } = await readBody(c, newReview)
    checkTexts('PullRequestReview', { body })
    if (event !== undefined && event !== 'APPROVE' && body.trim() === '') {
      throw refuse(422, 'Unprocessable Entity', { errors: ['Review body can not be blank'] })
    }
    const issue = requirePull(c, world)
    const commit = commit_id ?? issue.pull.head_sha
    const state = event === undefined ? 'PENDING' : STATE_AFTER[event]
    const review = store.addReview(issue, { state, body, commit, author: c.var.user, remarks })
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
