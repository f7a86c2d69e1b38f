/** Reading issues: GitHub's answers checked and made ours, and one issue looked up. */
import * as z from 'zod'
import { fromTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Answer, GitHubClient } from '#lib/github/client'
import { unreadable } from '#lib/github/errors'
import { lookUpMove } from '#lib/github/moved'
import type { Found, GitHubIssue } from '#lib/github/ports'
import { ISSUES_OFF } from '#lib/github/refusals'
import { clean } from '#lib/github/text'
import { splitRepository } from '#lib/github/urls'

const text = z.string().transform(clean)
const instant = z.string().transform(fromTimestamp).refine(Number.isFinite, 'not a time')

/** The fields we live by; all others are GitHub's to add and to drop. */
const issueAnswer = z.object({
  number: z.int().positive(),
  title: text,
  body: text.nullish(),
  labels: z.array(z.union([text, z.object({ name: text.nullish() }).transform(({ name }) => name ?? '')])),
  state: z.enum(['open', 'closed']),
  /** Null once the account is deleted; GitHub then shows `ghost`. */
  user: z.object({ login: z.string() }).nullish(),
  author_association: z.string().nullish(),
  created_at: instant,
  updated_at: instant,
  pull_request: z.unknown().optional(),
})

const messageAnswer = z.object({ message: z.string() })

type IssueAnswer = z.infer<typeof issueAnswer>

const ISSUE = 'GET /repos/{owner}/{repo}/issues/{issue_number}'
const REPOSITORY = 'GET /repos/{owner}/{repo}'

/** The entries of a page: `length` counts pull requests too, `issues` holds none. Throws AppError `upstream_unavailable`. */
export function readPage(repository: string, route: string, answer: Answer): { length: number; issues: GitHubIssue[] } {
  const parsed = z.array(issueAnswer).safeParse(answer.data)
  if (!parsed.success) throw unreadable(route, shapeError(parsed.error))
  const issues = parsed.data.filter(isIssue).map((entry) => toIssue(repository, entry))
  return { length: parsed.data.length, issues }
}

/** The issue, or why there is none any more. Throws as IssueSource.list does, `gone` when the repository itself moved. */
export async function findIssue(client: GitHubClient, repository: string, number: number): Promise<Found> {
  const params = { ...splitRepository(repository), issue_number: number }
  const answer = await client.request(ISSUE, { params, accept: [301, 404, 410] })
  if (answer.status === 301) return movedIssue(client, repository, answer)
  refuseIssuesOff(repository, answer)
  if (answer.status !== 200) return { kind: 'gone', reason: `GitHub answers ${answer.status} for the issue.` }
  const parsed = issueAnswer.safeParse(answer.data)
  if (!parsed.success) throw unreadable(ISSUE, shapeError(parsed.error))
  if (!isIssue(parsed.data)) return { kind: 'gone', reason: 'The number belongs to a pull request.' }
  return { kind: 'issue', issue: toIssue(repository, parsed.data) }
}

/** Throws `gone` when the issues of the repository were turned off: none of them is gone for good. */
export function refuseIssuesOff(repository: string, { status, data }: Answer): void {
  if (status !== 410 || !ISSUES_OFF.test(messageAnswer.safeParse(data).data?.message ?? '')) return
  throw new AppError('gone', `The issues of ${repository} are turned off on GitHub: turn them on in its settings.`, {
    details: { status, refused: 'repository' },
  })
}

/** True when the repository itself answers under its name. Throws `gone` with `moved_to` when it was renamed. */
export async function repositoryAnswers(client: GitHubClient, repository: string): Promise<boolean> {
  const answer = await client.request(REPOSITORY, { params: { ...splitRepository(repository) }, accept: [301, 404] })
  if (answer.status === 301) throw await repositoryMoved(client, repository, answer)
  return answer.status === 200
}

/** The error of a repository that lives under another name now. */
export async function repositoryMoved(client: GitHubClient, repository: string, answer: Answer): Promise<AppError> {
  const moved_to = await lookUpMove(client, answer)
  return new AppError('gone', `${repository} has moved; name its new place in the configuration.`, {
    details: { status: answer.status, ...(moved_to === undefined ? {} : { moved_to }) },
  })
}

/** A transferred issue and a renamed repository answer alike; only the repository's own address tells them apart. */
async function movedIssue(client: GitHubClient, repository: string, answer: Answer): Promise<Found> {
  await repositoryAnswers(client, repository)
  const place = await lookUpMove(client, answer)
  if (place === undefined) return { kind: 'gone', reason: 'The issue was transferred.' }
  const number = Number(/\/issues\/([1-9]\d{0,9})$/.exec(answer.headers['location'] ?? '')?.[1] ?? 0)
  if (number === 0) return { kind: 'gone', reason: `The issue was transferred to ${place}.` }
  return {
    kind: 'gone',
    reason: `The issue was transferred to ${place}; it is #${number} there.`,
    moved_to: { repository: place, number },
  }
}

function isIssue(entry: IssueAnswer): boolean {
  return entry.pull_request === undefined || entry.pull_request === null
}

function toIssue(repository: string, entry: IssueAnswer): GitHubIssue {
  return {
    repository: repository.toLowerCase(),
    number: entry.number,
    title: entry.title,
    body: entry.body ?? '',
    labels: entry.labels.filter((label) => label !== ''),
    state: entry.state,
    author: entry.user?.login ?? 'ghost',
    association: entry.author_association ?? 'NONE',
    created_at: entry.created_at,
    updated_at: entry.updated_at,
  }
}

/** Which fields were wrong; zod's own error could quote the text it found there. */
export function shapeError(error: z.ZodError): Error {
  const places = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')} (${issue.code})`)
  return new Error(`unexpected shape at ${places.join(', ')}`)
}
