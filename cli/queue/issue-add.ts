/** `coxswain issue add`: writes an issue as the queue takes it, and waits until it is queued. */
import { readFile } from 'node:fs/promises'
import { seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Item, type PollReport, pollReport } from '../api/answers.ts'
import { type Api, createApi } from '../api/client.ts'
import { findPlace } from '../api/place.ts'
import type { Context, Given, Result } from '../line/command.ts'
import { UsageError } from '../line/usage.ts'
import { jsonLines, printable } from '../show/printable.ts'
import { type Created, createIssue, findGitHub, type GitHubPlace } from './github.ts'
import { type IssueKey, repositoryOf } from './issue-key.ts'
import { readQueue } from './pages.ts'

/** GitHub's list may show a new issue late, and webhooks take a while. */
const PATIENCE_MS = seconds(30)
const LOOK_MS = seconds(1)
/** GitHub refuses longer titles. */
const TITLE_CHARACTERS = 256
/** Items of the repository looked through for the new one. */
const LOOKED_THROUGH = 1_000

export async function addIssue(given: Given, context: Context): Promise<Result> {
  const title = titleOf(given.args[0] ?? '')
  const wanted = repositoryOf(given.text('repo'))
  const body = await bodyOf(given, context)
  const place = await findPlace(context.env)
  const github = findGitHub(context.env, place.running)
  const repository = repositoryIn(github, wanted)
  const labels = [...new Set([github.trigger, ...given.texts('label')])]
  const issue = await createIssue(github, { repository, title, body, labels })
  if (!hasLabel(issue, github.trigger)) throw withoutLabel(issue, github.trigger, repository)
  context.note(`Written: ${printable(issue.html_url)}. Waiting until it is queued …`)
  const outcome = await untilQueued(createApi(place), { repository, number: issue.number }, context)
  const lines = given.isSet('json')
    ? jsonLines(asJson(repository, issue, outcome))
    : linesOf(repository, issue, outcome)
  return { lines, failed: outcome.item === undefined }
}

function titleOf(text: string): string {
  const title = text.trim()
  if (title === '') throw new UsageError('The title is empty.')
  if ([...title].length > TITLE_CHARACTERS)
    throw new UsageError(`The title has more than ${TITLE_CHARACTERS} characters.`)
  return title
}

async function bodyOf(given: Given, { input }: Context): Promise<string> {
  const [body, file] = [given.text('body'), given.text('body-file')]
  if (body !== undefined && file !== undefined) throw new UsageError('Give --body or --body-file, not both.')
  if (file === undefined) return body ?? ''
  if (file === '-') return input()
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('invalid', `--body-file ${file} cannot be read (${cause.code}).`, { cause })
  })
}

function repositoryIn({ repositories }: GitHubPlace, wanted: string | undefined): string {
  const [only, ...others] = repositories
  if (wanted !== undefined) {
    if (repositories.length === 0 || repositories.includes(wanted)) return wanted
    throw new AppError('invalid', `Coxswain does not look at ${wanted}, but at ${repositories.join(', ')}.`)
  }
  if (only === undefined) throw new UsageError('Name the repository: --repo owner/repo, or GITHUB_REPO.')
  if (others.length > 0) throw new UsageError(`Name the repository: --repo takes one of ${repositories.join(', ')}.`)
  return only
}

/** GitHub takes labels for one whatever their case is. */
function hasLabel({ labels }: Created, wanted: string): boolean {
  return labels.some(({ name }) => name.toLowerCase() === wanted.toLowerCase())
}

/** GitHub leaves labels out, without a word, when the token may not set them. */
function withoutLabel({ html_url }: Created, label: string, repository: string): AppError {
  const what = `The issue is written, but without the label ${label}: ${html_url}.`
  return new AppError('forbidden', `${what} GITHUB_TOKEN may not set labels in ${repository}: set it there by hand.`)
}

interface Awaited {
  /** Undefined when the issue is not queued in time. */
  readonly item: Item | undefined
  /** What the last poll said of it. */
  readonly reason: string | undefined
}

/** Has GitHub asked now, and looks whether the issue is queued. */
async function untilQueued(api: Api, key: IssueKey, { clock, sleep }: Context): Promise<Awaited> {
  const end = clock.now() + PATIENCE_MS
  for (;;) {
    const report = await api
      .call('/github/poll', pollReport, { method: 'POST', scope: 'operator' })
      .catch(unlessForbidden)
    const { items } = await readQueue(api, { repository: key.repository, limit: LOOKED_THROUGH })
    const item = items.find(({ issue_number }) => issue_number === key.number)
    const { isFinal, reason } = reasonIn(report, key)
    if (item !== undefined || isFinal || clock.now() >= end) return { item, reason }
    await sleep(LOOK_MS)
  }
}

/** Who may only look waits for the webhook or for the next poll. */
function unlessForbidden(error: unknown): undefined {
  if (error instanceof AppError && (error.code === 'forbidden' || error.code === 'unauthenticated')) return undefined
  throw error
}

/** Why a poll did not take the issue; final when another poll will not either. */
function reasonIn(report: PollReport | undefined, { repository, number }: IssueKey) {
  const own = report?.repositories.find((one) => one.repository === repository)
  const untrusted = own?.untrusted?.find(({ issue_number }) => issue_number === number)
  return { isFinal: untrusted !== undefined, reason: untrusted?.reason ?? own?.detail }
}

function asJson(repository: string, { number, html_url }: Created, { item, reason }: Awaited): object {
  const queued = item !== undefined
  const why = queued || reason === undefined ? {} : { reason }
  return { repository, issue_number: number, url: html_url, queued, status: item?.status ?? null, ...why }
}

function linesOf(repository: string, { number, html_url }: Created, { item, reason }: Awaited): readonly string[] {
  const first = `${repository}#${number}  ${printable(html_url)}`
  if (item !== undefined) return [first, wellDone(item)]
  const why = printable(reason ?? `It is not in the queue after ${PATIENCE_MS / 1000} s.`)
  return [first, `It is written, but not queued. ${why} "npx coxswain status" says whether GitHub is reached.`]
}

function wellDone({ status, priority, assigned_to }: Item): string {
  switch (status) {
    case 'pending':
      return `It is queued with priority ${printable(priority)}: a worker takes it up when it asks next.`
    case 'in_progress':
      return `It is queued, and worker ${printable(assigned_to ?? '')} has it already.`
    default:
      return `It is in the queue: ${status}.`
  }
}
