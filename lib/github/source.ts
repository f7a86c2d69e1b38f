/** Issues coming in: a label's whole listing, asked so that an unchanged one costs nothing. */
import { AppError } from '#lib/errors'
import type { Answer, GitHubClient } from '#lib/github/client'
import { findIssue, readPage, repositoryAnswers, repositoryMoved } from '#lib/github/issues'
import { cursorBehind, cursorOf, type PageCursor, parametersOf, recallPages, rememberPages } from '#lib/github/pages'
import type { GitHubIssue, IssueSource, Listing, ListingTag } from '#lib/github/ports'
import type { RenamingClient } from '#lib/github/renames'
import { splitRepository } from '#lib/github/urls'

const LIST = 'GET /repos/{owner}/{repo}/issues'
/** The most GitHub puts on a page. */
const PER_PAGE = 100
/** Thirty thousand open issues of one label; more is a Link header that runs in circles. */
const MAX_PAGES = 300

interface Page {
  readonly cursor: PageCursor
  readonly etag: string
  readonly length: number
  readonly issues: readonly GitHubIssue[]
  readonly next: PageCursor | undefined
}

type Fetch = (cursor: PageCursor, etag: string) => Promise<Page | 'unchanged'>

/** An IssueSource over one client. */
export function createIssueSource({ client }: { readonly client: GitHubClient | RenamingClient }): IssueSource {
  return {
    async list(repository, label, tag) {
      const fetch = fetcher(client, repository, label)
      const changed = await firstChange(fetch, tag)
      if (changed === 'unchanged') return { kind: 'unchanged' }
      return listed(await walk(fetch, changed))
    },

    async find(repository, number) {
      const found = await findIssue(client, repository, number)
      // A token that lost sight of the repository gets 404 for every issue: that must not look like as many deletions.
      if (found.kind === 'gone' && !(await repositoryAnswers(client, repository))) {
        throw new AppError('gone', `${repository} is not on GitHub, or the token may not see it.`)
      }
      return found
    },

    rateLimit: () => client.rateLimit(),
    renamedTo: (repository) => ('renamedTo' in client ? client.renamedTo(repository) : undefined),
  }
}

/** Asks every remembered page whether it changed, up to the first that did. */
async function firstChange(fetch: Fetch, tag: ListingTag | undefined): Promise<Page | undefined | 'unchanged'> {
  if (tag === undefined || tag.length === 0) return undefined
  for (const { cursor, etag } of recallPages(tag)) {
    const page = await fetch(cursor, etag)
    if (page !== 'unchanged') return page
  }
  return 'unchanged'
}

/**
 * All pages from the first on. `known` is a page already at hand.
 * Behind a full last page an empty one is read as well: when an issue joins the listing there, no earlier page changes.
 */
async function walk(fetch: Fetch, known: Page | undefined): Promise<readonly Page[]> {
  const pages: Page[] = []
  let cursor: PageCursor | undefined = ''
  while (cursor !== undefined) {
    const page: Page | 'unchanged' = known?.cursor === cursor ? known : await fetch(cursor, '')
    if (page === 'unchanged' || pages.length === MAX_PAGES) {
      throw new AppError('upstream_unavailable', 'GitHub gave a listing that cannot be walked to its end.')
    }
    pages.push(page)
    cursor = page.next ?? (page.length >= PER_PAGE ? cursorBehind(pages.length) : undefined)
  }
  return pages
}

/** An issue that moved between two pages while they were read is there twice: the later reading counts. */
function listed(pages: readonly Page[]): Listing {
  const byNumber = new Map(pages.flatMap((page) => page.issues).map((issue) => [issue.number, issue]))
  const issues = [...byNumber.values()].sort((a, b) => a.created_at - b.created_at || a.number - b.number)
  return { kind: 'listed', tag: rememberPages(pages), issues }
}

function fetcher(client: GitHubClient, repository: string, label: string): Fetch {
  const query = { state: 'open', labels: label, sort: 'created', direction: 'asc', per_page: PER_PAGE }
  return async (cursor, etag) => {
    const params = { ...splitRepository(repository), ...query, ...parametersOf(cursor) }
    const headers = etag === '' ? {} : { 'if-none-match': etag }
    const answer: Answer = await client.request(LIST, { params, headers, accept: [301, 304] })
    if (answer.status === 301) throw await repositoryMoved(client, repository, answer)
    if (answer.status === 304) return 'unchanged'
    const { headers: told } = answer
    return {
      cursor,
      etag: told['etag'] ?? '',
      next: cursorOf(told['link'], 'next'),
      ...readPage(repository, LIST, answer),
    }
  }
}
