/** Labels of an issue and of a repository. */
import { Hono } from 'hono'
import { setLabels } from '../actions/issues.ts'
import { checkTexts } from '../actions/texts.ts'
import { invalid, refuse } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { IssueRecord } from '../state/model.ts'
import { issueLabels, labelView } from '../views/issue.ts'
import { type Call, type Env, requireIssue, type World } from '../world.ts'
import { answerPage, doingOf, sceneOf } from './answer.ts'
import { labelSet, newLabel } from './schemas.ts'

/** `/repos/{owner}/{repo}/issues/{number}/labels`. Names that the repository does not know yet are made. */
export function issueLabelRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()

  const become = (c: Call, issue: IssueRecord, labels: readonly string[]) => setLabels(doingOf(c, world), issue, labels)
  const answer = (c: Call, issue: IssueRecord): Response => c.json(issueLabels(sceneOf(c, world), issue))

  app.get('/', (c) => answerPage(c, world, issueLabels(sceneOf(c, world), requireIssue(c, world)), (label) => label))

  app.post('/', async (c) => {
    const added = await readBody(c, labelSet)
    const issue = requireIssue(c, world)
    return answer(c, become(c, issue, [...issue.labels, ...added]))
  })

  app.put('/', async (c) => {
    const labels = await readBody(c, labelSet)
    return answer(c, become(c, requireIssue(c, world), labels))
  })

  app.delete('/', (c) => {
    become(c, requireIssue(c, world), [])
    return c.body(null, 204)
  })

  app.delete('/:name', (c) => {
    const issue = requireIssue(c, world)
    const name = c.req.param('name').toLowerCase()
    const left = issue.labels.filter((label) => label.toLowerCase() !== name)
    if (left.length === issue.labels.length) throw refuse(404, 'Label does not exist')
    return answer(c, become(c, issue, left))
  })

  return app
}

/** `/repos/{owner}/{repo}/labels`. */
export function labelRoutes(world: World): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const scene = sceneOf(c, world)
    const labels = store.labels(c.var.repository.id).toSorted((a, b) => a.name.localeCompare(b.name))
    return answerPage(c, world, labels, (label) => labelView(scene, label))
  })

  app.post('/', async (c) => {
    const { name, color, description } = await readBody(c, newLabel)
    if (name === undefined) throw invalid({ resource: 'Label', field: 'name', code: 'missing_field' })
    checkTexts('Label', { labels: [name] })
    const repository = c.var.repository.id
    if (store.label(repository, name)) throw invalid({ resource: 'Label', field: 'name', code: 'already_exists' })
    const label = store.createLabel({ repository, name, color, description })
    return c.json(labelView(sceneOf(c, world), label), 201)
  })

  return app
}
