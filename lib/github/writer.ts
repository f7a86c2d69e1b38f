/** Issues going out: one write brings labels and comment to where the job is, and may be repeated without harm. */
import * as z from 'zod'
import { AppError, toAppError } from '#lib/errors'
import type { GitHubClient } from '#lib/github/client'
import { carriesMarker, withMarker } from '#lib/github/comments'
import { unreadable } from '#lib/github/errors'
import { findIssue } from '#lib/github/issues'
import { sameLabels, wantedLabels } from '#lib/github/labels'
import { cursorOf, parametersOf } from '#lib/github/pages'
import type { IssueWrite, IssueWriter } from '#lib/github/ports'
import { type OwnerAndRepo, splitRepository } from '#lib/github/urls'

type Place = OwnerAndRepo & { readonly issue_number: number }

const SET_LABELS = 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels'
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
/** The most GitHub puts on a page. */
const PER_PAGE = 100
/** Our comment is minutes old when it is looked for: it is among the newest thousand, or it is not there. */
const MAX_PAGES = 10
/** The issue went away between two calls: nothing is left to write to. */
const GONE = [404, 410]

const commentsAnswer = z.array(z.object({ body: z.string().nullish() }))

/** Content writes of one `apply`: those sent, and those known to have been taken. */
interface Meter {
  sent: number
  taken: number
}

/** An IssueWriter over one client. Its errors carry `details.writes`: how many content writes may have got through. */
export function createIssueWriter({ client }: { readonly client: GitHubClient }): IssueWriter {
  async function applyMetered(write: IssueWrite, repeat: boolean, meter: Meter): Promise<readonly string[]> {
    const found = await findIssue(client, write.repository, write.number)
    if (found.kind === 'gone') return []
    const place = { ...splitRepository(write.repository), issue_number: write.number }
    const labels = wantedLabels(found.issue.labels, write)
    if (!sameLabels(found.issue.labels, labels)) await send(SET_LABELS, { ...place, labels }, meter)
    const { comment } = write
    if (comment === null || (repeat && (await isPosted(client, place, comment.marker)))) return labels
    await send(COMMENT, { ...place, body: withMarker(comment) }, meter)
    return labels
  }

  async function send(route: string, params: Readonly<Record<string, unknown>>, meter: Meter): Promise<void> {
    meter.sent += 1
    const { status } = await client.request(route, { params, accept: GONE })
    if (!GONE.includes(status)) meter.taken += 1
  }

  return {
    async apply(write, { repeat }) {
      const meter = { sent: 0, taken: 0 }
      try {
        const labels = await applyMetered(write, repeat, meter)
        return { writes: meter.taken, labels }
      } catch (thrown) {
        throw withWrites(toAppError(thrown), meter.sent)
      }
    },
  }
}

function withWrites(error: AppError, writes: number): AppError {
  const { code, message, details, retryAfter } = error
  const wait = retryAfter === undefined ? {} : { retryAfter }
  return new AppError(code, message, { cause: error, details: { ...details, writes }, ...wait })
}

/** Looks on the first page, which is mostly the only one, then from the newest page back. */
async function isPosted(client: GitHubClient, place: Place, marker: string): Promise<boolean> {
  const first = await commentsOn(client, place, 1)
  if (first.bodies.some((body) => carriesMarker(body, marker))) return true
  for (let page = first.last; page > Math.max(1, first.last - MAX_PAGES); page -= 1) {
    const { bodies } = await commentsOn(client, place, page)
    if (bodies.some((body) => carriesMarker(body, marker))) return true
  }
  return false
}

async function commentsOn(
  client: GitHubClient,
  place: Place,
  page: number,
): Promise<{ bodies: string[]; last: number }> {
  const answer = await client.request(COMMENTS, { params: { ...place, per_page: PER_PAGE, page }, accept: GONE })
  if (GONE.includes(answer.status)) return { bodies: [], last: 1 }
  const parsed = commentsAnswer.safeParse(answer.data)
  if (!parsed.success) throw unreadable(COMMENTS)
  const last = Number(parametersOf(cursorOf(answer.headers['link'], 'last') ?? '')['page'] ?? 1)
  return { bodies: parsed.data.map(({ body }) => body ?? ''), last: Number.isSafeInteger(last) ? last : 1 }
}
