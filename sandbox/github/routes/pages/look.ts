/** What a person sees who opens a link in a browser. */
import { Hono } from 'hono'
import type { IssueRecord } from '../../state/model.ts'
import { PAGE_HEADERS } from '../../views/pages/layout.ts'
import { frontPage, type Listing, listPage, type Tab } from '../../views/pages/list.ts'
import { newIssuePage } from '../../views/pages/other.ts'
import { type Thread, threadPage } from '../../views/pages/thread.ts'
import { fullName } from '../../views/repository.ts'
import { type Call, type Env, isPull, requireIssue, requireRepository, type World } from '../../world.ts'

/** The paths of one issue and of one pull request. */
export const THREADS = ['/:owner/:repo/issues/:number{[0-9]+}', '/:owner/:repo/pull/:number{[0-9]+}'] as const

type Page = ReturnType<typeof frontPage>

export function lookRoutes(world: World, word: string): Hono<Env> {
  const { store } = world
  const app = new Hono<Env>()

  app.get('/', (c) => {
    const all = store.repositories().map((repository) => ({ repository, issues: store.issues(repository.id) }))
    return show(c, frontPage(all, world.workerLine()))
  })
  app.get('/:owner/:repo/issues/new', (c) => {
    const repository = requireRepository(c, world)
    const desk = { place: `/${fullName(repository)}`, word }
    return show(c, newIssuePage({ repository, issues: store.issues(repository.id), desk }))
  })
  for (const [path, tab] of Object.entries({ '': 'issues', '/issues': 'issues', '/pulls': 'pulls' } as const)) {
    app.get(`/:owner/:repo${path}`, (c) => {
      const repository = requireRepository(c, world)
      return show(c, listPage({ ...listingOf(c, tab), repository, issues: store.issues(repository.id) }))
    })
  }
  for (const path of THREADS) {
    app.get(path, async (c) => {
      c.set('repository', requireRepository(c, world))
      const issue = requireIssue(c, world)
      const wanted = `/${issue.pull ? 'pull' : 'issues'}/${issue.number}`
      if (!c.req.path.endsWith(wanted)) return c.redirect(`/${fullName(c.var.repository)}${wanted}`)
      return show(c, await threadOf(c, world, { issue, word }))
    })
  }
  return app
}

export function show(c: Call, page: Page, status: 200 | 400 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 = 200) {
  return c.html(page, status, PAGE_HEADERS)
}

/** The page of an issue as it is now; `problem` says why the last form was refused. */
export async function threadOf(
  c: Call,
  world: World,
  { issue, word, problem }: { readonly issue: IssueRecord; readonly word: string; readonly problem?: string },
): Promise<Page> {
  const { store } = world
  const { repository } = c.var
  const thread: Thread = {
    repository,
    issue,
    issues: store.issues(repository.id),
    labels: store.labels(repository.id).map(({ name }) => name),
    said: [...store.comments(issue), ...store.reviews(issue), ...store.remarks(issue)].toSorted((a, b) => a.id - b.id),
    changes: await changesOf(world, issue),
    desk: { place: `/${fullName(repository)}`, word },
    problem,
  }
  return threadPage(thread)
}

async function changesOf({ git }: World, issue: IssueRecord): Promise<Thread['changes']> {
  if (!isPull(issue)) return undefined
  const { base, base_sha, head_sha } = issue.pull
  const [diff, isMergeable] = await Promise.all([
    git.diff(issue.repository, base_sha, head_sha),
    issue.state === 'open' && git.isMergeable(issue.repository, `refs/heads/${base}`, head_sha),
  ])
  return { pull: issue, diff, isMergeable }
}

function listingOf(c: Call, tab: Tab): Pick<Listing, 'tab' | 'shown' | 'page'> {
  const page = Number(c.req.query('page'))
  return {
    tab,
    shown: c.req.query('state') === 'closed' ? 'closed' : 'open',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  }
}
