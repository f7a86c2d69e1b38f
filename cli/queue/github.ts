/** The GitHub whose issues the queue takes: the one that the local stack reads, or the one that the environment names. */
import * as z from 'zod/mini'
import { type Environment, readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import type { Running } from '#sandbox/stack/running'
import { reasonOf } from '../api/client.ts'

export interface GitHubPlace {
  readonly url: string
  readonly token: string
  readonly repositories: readonly string[]
  /** The label that asks for work. */
  readonly trigger: string
}

export interface NewIssue {
  readonly repository: string
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
}

const created = z.object({
  number: z.number(),
  html_url: z.string(),
  labels: z.array(z.object({ name: z.string() })),
})
export type Created = z.infer<typeof created>

const refused = z.object({ message: z.string() })

const PATIENCE_MS = 20_000
const { GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPO, GITHUB_REPOS, GITHUB_ISSUE_LABELS } = settings
const shape = { GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPO, GITHUB_REPOS, GITHUB_ISSUE_LABELS }
const OF_GITHUB = Object.keys(shape)

/**
 * With a local stack it is the GitHub of that stack, whatever else the shell names: an issue that was meant for the
 * stand-in is never written to GitHub itself. Only the token of a GitHub that is no stand-in comes from the shell.
 * Throws AppError `invalid` that says what is missing.
 */
export function findGitHub(env: Environment, running: Running | undefined): GitHubPlace {
  const known = running?.dev.functions.env
  const source = known === undefined ? env : { GITHUB_TOKEN: env['GITHUB_TOKEN'], ...ofGitHub(known) }
  const config = readConfig(shape, source)
  const { GITHUB_API_URL: url, GITHUB_TOKEN: token } = config
  if (token === undefined) {
    const where = running === undefined ? url : `${url}, which this Coxswain reads`
    throw new AppError('invalid', `Set GITHUB_TOKEN to a token that may write issues at ${where}.`)
  }
  const repositories = [...new Set([...config.GITHUB_REPO, ...config.GITHUB_REPOS])]
  const [trigger = 'ai-ready'] = config.GITHUB_ISSUE_LABELS
  return { url, token, repositories, trigger }
}

function ofGitHub(env: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(OF_GITHUB.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** Writes the issue. Throws AppError with GitHub's reason and what to do. */
export async function createIssue({ url, token }: GitHubPlace, issue: NewIssue): Promise<Created> {
  const { repository, ...body } = issue
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'user-agent': 'coxswain',
  }
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) }
  const { answer, said } = await reach(`${url}/repos/${repository}/issues`, init)
  const read = z.safeParse(created, said)
  if (answer.ok && read.success) return read.data
  const reason = z.safeParse(refused, said).data?.message ?? `it answers ${answer.status}`
  throw new AppError(
    'upstream_unavailable',
    `GitHub (${url}) does not write the issue: ${reason}. ${adviceOn(answer.status, repository)}`,
  )
}

async function reach(url: string, init: RequestInit): Promise<{ answer: Response; said: unknown }> {
  try {
    const answer = await fetch(url, init)
    return { answer, said: await answer.json().catch(() => undefined) }
  } catch (cause) {
    const why = `GitHub gives no answer at ${url} (${reasonOf(cause)}). Is GITHUB_API_URL right? The issue may have been written: look before you repeat this.`
    throw new AppError('upstream_unavailable', why, { cause })
  }
}

function adviceOn(status: number, repository: string): string {
  switch (status) {
    case 401:
      return 'Is GITHUB_TOKEN right, and not expired?'
    case 403:
    case 404:
      return `Is ${repository} right, and may GITHUB_TOKEN write issues there (repo, or Issues: read and write)?`
    case 410:
      return `Turn issues on in the settings of ${repository}.`
    default:
      return 'Look whether the issue is there before you repeat this.'
  }
}
