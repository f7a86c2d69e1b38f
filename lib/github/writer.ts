/** Issues going out: one write brings labels and comment to where the job is, and may be repeated without harm. */
import * as z from 'zod'
import { AppError, toAppError } from '#lib/errors'
import type { Answer, GitHubClient } from '#lib/github/client'
import { carriesMarker, withMarker } from '#lib/github/comments'
import { unreadable } from '#lib/github/errors'
import { findIssue, refuseIssuesOff, repositoryAnswers } from '#lib/github/issues'
import { changeOfLabels, withChange } from '#lib/github/labels'
import { cursorOf, parametersOf } from '#lib/github/pages'
import type { IssueWrite, IssueWriter } from '#lib/github/ports'
import { type OwnerAndRepo, splitRepository } from '#lib/github/urls'

type Place = OwnerAndRepo & { readonly issue_number: number }

const ADD_LABELS = 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels'
const REMOVE_LABEL = 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}'
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'
const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
/** The most GitHub puts on a page. */
const PER_PAGE = 100
/** Our comment is minutes old when it is looked for: it is among the newest thousand, or it is not there. */
const MAX_PAGES = 10
/** The issue went away between two calls; or, with 404, the token may read it but not write to it. */
const GONE = [404, 410]
/** GitHub's word for a label that a person has taken off in the meantime. */
const NO_SUCH_LABEL = /label does not exist/i

const gitHubMessage = z.object({ message: z.string() })
const commentsAnswer = z.array(z.object({ body: z.string().nullish() }))

/** Content writes that one `apply` sent: GitHub counts requests, also those that it refuses. */
interface Meter {
  sent: number
}

/** An IssueWriter over one client. Its errors carry `details.writes`: how many content writes may have got through. */
export function createIssueWriter({ client }: { readonly client: GitHubClient }): IssueWriter {
  async function applyMetered(write: IssueWrite, repeat: boolean, meter: Meter): Promise<readonly string[]> {
    const place = { ...splitRepository(write.repository), issue_number: write.number }
    const labels = write.labels_shown ? [] : await showLabels(write, place, meter)
    const { comment } = write
    if (labels === undefined) return []
    if (comment === null || (repeat && (await isPosted(client, place, comment.marker)))) return labels
    const posted = await send(COMMENT, { ...place, body: withMarker(comment) }, meter)
    if (GONE.includes(posted.status)) await judgeGone(write, posted)
    return labels
  }

  /** First the new state, then the old one away: an issue without any state label would look as if a person had taken it off. */
  async function showLabels(write: IssueWrite, place: Place, meter: Meter): Promise<readonly string[] | undefined> {
    const found = await findIssue(client, write.repository, write.number)
    if (found.kind === 'gone') {
      await requireRepository(write.repository)
      return undefined
    }
    const change = changeOfLabels(found.issue.labels, write)
    if (change.add !== undefined) {
      const added = await send(ADD_LABELS, { ...place, labels: [change.add] }, meter)
      if (GONE.includes(added.status)) {
        await judgeGone(write, added)
        return undefined
      }
    }
    for (const name of change.remove) {
      const removed = await send(REMOVE_LABEL, { ...place, name }, meter)
      if (GONE.includes(removed.status) && !NO_SUCH_LABEL.test(messageOf(removed.data))) {
        await judgeGone(write, removed)
        return undefined
      }
    }
    return withChange(found.issue.labels, change)
  }

  /** A write that was answered 404 or 410: fine when the issue is gone, a refusal when it can still be read. */
  async function judgeGone({ repository, number }: IssueWrite, answer: Answer): Promise<void> {
    if (answer.status === 404 && (await findIssue(client, repository, number)).kind === 'issue') {
      throw new AppError('forbidden', `GitHub lets the token read ${repository} but not write to its issues.`, {
        details: { status: 404, refused: 'repository' },
      })
    }
    refuseIssuesOff(repository, answer)
    await requireRepository(repository)
  }

  /** A token that lost sight of the repository gets 404 for every issue: that must not look like as many deletions. */
  async function requireRepository(repository: string): Promise<void> {
    if (await repositoryAnswers(client, repository)) return
    throw new AppError('gone', `${repository} is not on GitHub, or the token may not see it.`, {
      details: { status: 404, refused: 'repository' },
    })
  }

  async function send(route: string, params: Readonly<Record<string, unknown>>, meter: Meter): Promise<Answer> {
    meter.sent += 1
    return client.request(route, { params, accept: GONE })
  }

  return {
    async apply(write, { repeat }) {
      const meter = { sent: 0 }
      try {
        const labels = await applyMetered(write, repeat, meter)
        return { writes: meter.sent, labels }
      } catch (thrown) {
        throw withWrites(toAppError(thrown), meter.sent)
      }
    },
  }
}

function messageOf(data: unknown): string {
  return gitHubMessage.safeParse(data).data?.message ?? ''
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
