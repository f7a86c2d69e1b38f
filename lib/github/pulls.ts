/** Pull requests coming in: their state, their reviews, and the remarks on their lines. */
import * as z from 'zod'
import { fromTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Answer, GitHubClient } from '#lib/github/client'
import { unreadable } from '#lib/github/errors'
import { repositoryAnswers, repositoryMoved, shapeError } from '#lib/github/issues'
import { cursorOf, parametersOf } from '#lib/github/pages'
import type { PullReview, PullSource } from '#lib/github/ports'
import { clean } from '#lib/github/text'
import { splitRepository } from '#lib/github/urls'

const PULLS = 'GET /repos/{owner}/{repo}/pulls'
const PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}'
const REVIEWS = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews'
const REMARKS = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments'
/** The most GitHub puts on a page. */
const PER_PAGE = 100
const LIST = { per_page: String(PER_PAGE) }
/** One page is all that is read: more than fifty changes of others between two polls hide one. */
const RECENT = { state: 'all', sort: 'updated', direction: 'desc', per_page: '50' }
/** A thousand reviews; nobody reads on. */
const MAX_PAGES = 10

const text = z.string().transform(clean)
const instant = z.string().transform(fromTimestamp).refine(Number.isFinite, 'not a time')
const user = z.object({ login: z.string() }).nullish()

const pullAnswer = z.object({ state: z.enum(['open', 'closed']), merged_at: instant.nullish() })

const listedAnswer = pullAnswer
  .extend({ number: z.int().positive(), updated_at: instant })
  .transform(({ number: pull, state, merged_at, updated_at }) => {
    return { pull, updated_at, state: merged_at == null ? state : ('merged' as const) }
  })

const reviewAnswer = z.object({
  id: z.int(),
  user,
  author_association: z.string().nullish(),
  state: z.string(),
  body: text.nullish(),
  /** Not there while its author has yet to send it. */
  submitted_at: instant.nullish(),
})

const remarkAnswer = z.object({
  pull_request_review_id: z.int().nullish(),
  user,
  path: text,
  line: z.int().nullish(),
  original_line: z.int().nullish(),
  body: text,
})

const STATES: Readonly<Record<string, PullReview['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
}

/** A PullSource over one client. */
export function createPullSource({ client }: { readonly client: GitHubClient }): PullSource {
  return {
    async recent(repository, tag = []) {
      const [etag = ''] = tag
      const answer = await asker(client, repository)(PULLS, { etag, params: RECENT })
      if (answer.status === 304) return { kind: 'unchanged' }
      // A repository that answers, but lists no pull requests, has turned them off.
      if (answer.status !== 200) await goneFrom(client, repository)
      const pulls = answer.status === 200 ? parsed(PULLS, z.array(listedAnswer), answer) : []
      return { kind: 'listed', tag: [tagOf(answer)], pulls }
    },

    async look(repository, pull, tag = []) {
      const [pullTag = '', reviewsTag = ''] = tag
      const ask = asker(client, repository, { pull_number: pull })
      const head = await ask(PULL, { etag: pullTag })
      if (head.status === 404 || head.status === 410) return goneFrom(client, repository)
      const listed = await ask(REVIEWS, { etag: reviewsTag, params: LIST })
      if (head.status === 304 && listed.status === 304) return { kind: 'unchanged' }
      // One of the two has changed, and both are needed.
      const answer = head.status === 304 ? await ask(PULL, { etag: '' }) : head
      const first = listed.status === 304 ? await ask(REVIEWS, { etag: '', params: LIST }) : listed
      const { state, merged_at = null } = parsed(PULL, pullAnswer, answer)
      const { reviews, isWhole } = await allReviews(ask, first)
      // What joins a listing of several pages need not change its first, so that one is always read anew.
      return { kind: 'seen', tag: [tagOf(answer), isWhole ? tagOf(first) : ''], state, merged_at, reviews }
    },

    async remarks(repository, pull) {
      const params = { ...LIST, sort: 'created', direction: 'desc' }
      const answer = await asker(client, repository, { pull_number: pull })(REMARKS, { etag: '', params })
      if (answer.status !== 200) return []
      return parsed(REMARKS, z.array(remarkAnswer), answer)
        .map(({ pull_request_review_id: review = null, user, path, line, original_line, body }) => {
          return { review, author: user?.login ?? 'ghost', path, line: line ?? original_line ?? null, body }
        })
        .toReversed()
    },
  }
}

interface Ask {
  readonly etag: string
  readonly params?: Readonly<Record<string, string>>
}

type Asker = (route: string, ask: Ask) => Promise<Answer>

function asker(client: GitHubClient, repository: string, place: { readonly pull_number?: number } = {}): Asker {
  return async (route, { etag, params = {} }) => {
    const answer = await client.request(route, {
      params: { ...splitRepository(repository), ...place, ...params },
      headers: etag === '' ? {} : { 'if-none-match': etag },
      accept: [301, 304, 404, 410],
    })
    if (answer.status === 301) throw await repositoryMoved(client, repository, answer)
    return answer
  }
}

/** A token that lost sight of the repository gets 404 for every pull request: that must not look like as many closings. */
async function goneFrom(client: GitHubClient, repository: string): Promise<{ readonly kind: 'gone' }> {
  if (await repositoryAnswers(client, repository)) return { kind: 'gone' }
  throw new AppError('gone', `${repository} is not on GitHub, or the token may not see it.`)
}

async function allReviews(ask: Asker, first: Answer): Promise<{ reviews: PullReview[]; isWhole: boolean }> {
  const reviews: PullReview[] = []
  let answer = first
  for (let pages = 1; ; pages++) {
    const page = parsed(REVIEWS, z.array(reviewAnswer), answer)
    reviews.push(...page.flatMap(toReview))
    const next = cursorOf(answer.headers['link'], 'next')
    if (next === undefined || pages === MAX_PAGES) return { reviews, isWhole: pages === 1 && page.length < PER_PAGE }
    answer = await ask(REVIEWS, { etag: '', params: { ...LIST, ...parametersOf(next) } })
  }
}

function toReview({ id, user, author_association, state, body, submitted_at }: z.infer<typeof reviewAnswer>) {
  const known = STATES[state]
  if (known === undefined || submitted_at === undefined || submitted_at === null) return []
  const author = user?.login ?? 'ghost'
  return [{ id, author, association: author_association ?? 'NONE', state: known, body: body ?? '', submitted_at }]
}

function parsed<T>(route: string, schema: z.ZodType<T>, answer: Answer): T {
  const result = schema.safeParse(answer.data)
  if (!result.success) throw unreadable(route, shapeError(result.error))
  return result.data
}

const tagOf = (answer: Answer): string => answer.headers['etag'] ?? ''
