/**
 * What the forms of the pages do: the same actions as the API, so that webhooks follow as on GitHub. Each leads back to its
 * page; what is refused is said there.
 */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { changeIssue, changePull, openIssue, setLabels } from '../../actions/issues.ts'
import { mergePull } from '../../actions/merge.ts'
import { addComment, addReview } from '../../actions/talk.ts'
import { refuse } from '../../http/answers.ts'
import type { IssueRecord } from '../../state/model.ts'
import { newIssuePage } from '../../views/pages/other.ts'
import { fullName } from '../../views/repository.ts'
import { type Call, type Env, isPull, requireIssue, requirePull, requireRepository, type World } from '../../world.ts'
import { doingOf } from '../answer.ts'
import { type Fields, readForm } from './form.ts'
import { show, THREADS, threadOf } from './look.ts'
import { complaintOf, statusOf } from './problem.ts'

type Act = (c: Call, fields: Fields) => unknown

export function actRoutes(world: World, word: string): Hono<Env> {
  const app = new Hono<Env>()

  app.post('/:owner/:repo/issues/new', async (c) => {
    const fields = await readForm(c, word)
    requireWritable(c, world)
    const { repository } = c.var
    const place = `/${fullName(repository)}`
    try {
      const { title = '', body = '', labels = '' } = fields
      const issue = openIssue(doingOf(c, world), { title, body: body === '' ? null : body, labels: namesIn(labels) })
      return c.redirect(`${place}/issues/${issue.number}`, 303)
    } catch (error) {
      if (!(error instanceof HTTPException)) throw error
      const problem = await complaintOf(error)
      const issues = world.store.issues(repository.id)
      const page = newIssuePage({ repository, issues, desk: { place, word }, input: fields, problem })
      return show(c, page, statusOf(error))
    }
  })

  for (const path of THREADS) {
    for (const [name, act] of Object.entries(actsOn(world))) {
      app.post(`${path}/${name}`, async (c) => {
        const fields = await readForm(c, word)
        requireWritable(c, world)
        return backTo(c, world, { issue: requireIssue(c, world), word, act: () => act(c, fields) })
      })
    }
  }
  return app
}

/** By the last word of the form's address. */
function actsOn(world: World): Readonly<Record<string, Act>> {
  return {
    comment(c, { body = '', do: wanted }) {
      const issue = requireIssue(c, world)
      if (wanted === 'comment' || body.trim() !== '') addComment(doingOf(c, world), issue, body)
      const state = ({ close: 'closed', reopen: 'open' } as const)[String(wanted)]
      if (state !== undefined) turn(c, world, requireIssue(c, world), state)
    },
    labels(c, { add = '', remove }) {
      const issue = requireIssue(c, world)
      const left = issue.labels.filter((name) => name !== remove)
      setLabels(doingOf(c, world), issue, [...left, ...namesIn(add)])
    },
    review(c, { body = '', event }) {
      const known = EVENTS.find((one) => one === event)
      if (known === undefined) throw refuse(422, 'Choose whether to approve, to request changes or only to comment.')
      addReview(doingOf(c, world), requirePull(c, world), { body, event: known, remarks: [] })
    },
    merge: (c, { merge_method, sha }) =>
      mergePull(doingOf(c, world), requirePull(c, world), {
        sha,
        merge_method: merge_method === 'merge' ? 'merge' : 'squash',
      }),
  }
}

const EVENTS = ['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const

function turn(c: Call, world: World, issue: IssueRecord, state: IssueRecord['state']): void {
  if (isPull(issue)) changePull(doingOf(c, world), issue, { state })
  else changeIssue(doingOf(c, world), issue, { state })
}

/** Acts, then leads back to the page; what is refused is said on it. */
async function backTo(
  c: Call,
  world: World,
  { issue, word, act }: { readonly issue: IssueRecord; readonly word: string; readonly act: () => unknown },
): Promise<Response> {
  const { repository } = c.var
  try {
    await act()
    return c.redirect(`/${fullName(repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`, 303)
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error
    const problem = await complaintOf(error)
    const current = world.store.issue(repository.id, issue.number) ?? issue
    return show(c, await threadOf(c, world, { issue: current, word, problem }), statusOf(error))
  }
}

function requireWritable(c: Call, world: World): void {
  const repository = requireRepository(c, world)
  if (repository.archived) throw refuse(403, 'Repository was archived so is read-only.')
  c.set('repository', repository)
}

function namesIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
