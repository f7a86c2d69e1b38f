/** Opens the pull request of a job, finds the one that is open already, and tells what became of earlier ones. */

import { RequestError } from '@octokit/request-error'
import { Octokit } from '@octokit/rest'
import * as z from 'zod'
import { type Clock, minutes, seconds } from '#lib/clock'
import { AppError, toAppError } from '#lib/errors'
import type { TokenSource } from './git.ts'
import { splitRepository } from './names.ts'
import type { Pushed } from './plan.ts'
import type { Work } from './protocol.ts'
import { TOKEN_REFUSED, TOKEN_RIGHTS } from './refusals.ts'
import type { Fate, RemoteFacts } from './remote/facts.ts'
import { createRenames, underLeasedName, withoutRedirects } from './remote/renames.ts'
import { troubleOf } from './trouble.ts'
import { headingOf, pullBody, tailOf } from './words.ts'

/** GitHub's own advice for a secondary limit that names no time. */
const SECONDARY_LIMIT_WAIT = minutes(1)

const CALL_TIMEOUT = seconds(30)

export interface Pulls extends RemoteFacts {
  /**
   * The address of the one open pull request from the pushed branch. Throws AppError: `rate_limited` and
   * `upstream_unavailable` may pass; `forbidden`, `not_found` and `invalid` will not.
   */
  openOrFind(work: Work, pushed: Pushed): Promise<string>
  /** The sentence that says so when GitHub does not accept the token (401); null when it does, or gives no answer. */
  tokenRefused(): Promise<string | null>
}

const refusal = z.object({
  message: z.string().optional(),
  errors: z
    .array(z.union([z.string(), z.object({ message: z.string().optional(), code: z.string().optional() })]))
    .optional(),
})

/** What is read of a pull request. */
const pull = z.object({
  html_url: z.string().min(1),
  state: z.string(),
  merged_at: z.string().nullable(),
  head: z.object({ ref: z.string() }),
})

export interface PullsOptions {
  readonly apiUrl: string
  readonly token: TokenSource
}

export function createPulls(
  ports: { readonly clock: Clock; readonly fetch: typeof fetch },
  options: PullsOptions,
): Pulls {
  const silent = () => undefined
  const octokit = new Octokit({
    baseUrl: options.apiUrl.replace(/(?<!\/)\/+$/, ''),
    userAgent: 'coxswain-worker',
    request: { fetch: withoutRedirects(authorized(patient(ports.fetch), options.token)) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })

  const renames = createRenames(octokit)

  async function find(repository: string, branch: string): Promise<string | null> {
    const pulls = await pullsFrom(octokit, { repository, branch, state: 'open' })
    return pulls[0]?.html_url ?? null
  }

  async function open(work: Work, repository: string, { base, branch, notes }: Pushed): Promise<string> {
    const texts = { title: headingOf(work), body: pullBody(work, notes) }
    const { data } = await octokit.rest.pulls.create({ ...splitRepository(repository), head: branch, base, ...texts })
    return readable(pull.pick({ html_url: true }), data).html_url
  }

  async function openOrFind(work: Work, repository: string, pushed: Pushed): Promise<string> {
    try {
      return (await find(repository, pushed.branch)) ?? (await open(work, repository, pushed))
    } catch (error) {
      // 422 is also GitHub's answer to a pull request that came into being between our look and our try.
      const raced = error instanceof RequestError && error.status === 422
      const found = raced ? await find(repository, pushed.branch).catch(() => null) : null
      if (found !== null) return found
      throw error
    }
  }

  const orTranslated = <T>(task: Promise<T>): Promise<T> =>
    task.catch((error: unknown) => Promise.reject(translated(error, { clock: ports.clock, url: options.apiUrl })))

  return {
    async openOrFind(work, pushed) {
      const task = (name: string) => openOrFind(work, name, pushed)
      return underLeasedName(await orTranslated(renames.under(work.repository, task)), work.repository)
    },
    fateOf: (repository, branch) =>
      orTranslated(
        renames.under(repository, async (name) =>
          fateOf(await pullsFrom(octokit, { repository: name, branch, state: 'all' })),
        ),
      ),
    async tokenRefused() {
      // Costs nothing of the token's limit. Servers without limits answer 404, which is no refusal.
      const error = await orTranslated(octokit.request('GET /rate_limit')).then(() => null, toAppError)
      return error?.details['refused'] === 'GITHUB_TOKEN' ? `GitHub answered 401. ${TOKEN_REFUSED}` : null
    },
    locate: (repository) => orTranslated(renames.locate(repository)),
  }
}

/** Of pull requests from one branch, newest first. */
function fateOf(pulls: readonly { readonly state: string; readonly merged_at: string | null }[]): Fate | null {
  if (pulls.some(({ state }) => state === 'open')) return 'open'
  const [newest] = pulls
  if (newest === undefined) return null
  return newest.merged_at === null ? 'closed' : 'merged'
}

interface Wanted {
  readonly repository: string
  readonly branch: string
  readonly state: 'open' | 'all'
}

/** Pull requests from a branch of the repository itself, newest first. */
async function pullsFrom(octokit: Octokit, { repository, branch, state }: Wanted) {
  const { owner, repo } = splitRepository(repository)
  const query = {
    owner,
    repo,
    state,
    head: `${owner}:${branch}`,
    sort: 'created',
    direction: 'desc',
    per_page: 100,
  } as const
  const { data } = await octokit.rest.pulls.list(query)
  return readable(z.array(pull), data).filter(({ head }) => head.ref === branch)
}

/** Throws AppError `upstream_unavailable` for an answer that is none of GitHub's, such as a proxy's page with status 200. */
function readable<T>(schema: z.ZodType<T>, data: unknown): T {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  const what = "The answer to the pull request is none of GitHub's: is a proxy in between, or GITHUB_API_URL wrong?"
  throw new AppError('upstream_unavailable', what, { cause: read.error })
}

/** Octokit sets no limit of its own to how long a call may take. */
function patient(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT) })
}

/** The token is asked for at each call, so that a replaced one counts at once. */
function authorized(fetch: typeof globalThis.fetch, source: TokenSource): typeof globalThis.fetch {
  return async (input, init) => {
    const token = typeof source === 'function' ? await source() : source
    const headers = new Headers(init?.headers)
    if (token !== null) headers.set('authorization', `token ${token}`)
    return fetch(input, { ...init, headers })
  }
}

function translated(error: unknown, { clock, url }: { clock: Clock; url: string }): AppError {
  if (error instanceof AppError) return error
  // The token could not be read.
  if (error instanceof Error && error.cause instanceof AppError) return error.cause
  if (error instanceof RequestError && error.response !== undefined) return refusalOf(error, clock)
  return unreachable(error, url)
}

function unreachable(cause: unknown, url: string): AppError {
  const why = troubleOf(cause, { setting: 'GITHUB_API_URL', url })
  return new AppError('upstream_unavailable', `GitHub cannot be reached: ${why}`, { cause })
}

function refusalOf(error: RequestError, clock: Clock): AppError {
  const said = sentenceOf(error.response?.data)
  const message = `GitHub answered ${error.status} to the pull request${said === '' ? '' : `: ${said}`}.`
  const headers = error.response?.headers ?? {}
  const limited =
    error.status === 429 || headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0'
  if ((error.status === 403 || error.status === 429) && (limited || /rate limit/i.test(error.message))) {
    return new AppError('rate_limited', message, { cause: error, retryAfter: waitOf(headers, clock) })
  }
  if (error.status >= 500 || error.status === 408)
    return new AppError('upstream_unavailable', message, { cause: error })
  if (error.status === 401) {
    const details = { fault: 'machine', refused: 'GITHUB_TOKEN' }
    return new AppError('forbidden', `${message} ${TOKEN_REFUSED}`, { cause: error, details })
  }
  if (error.status === 403) {
    const mend = `The worker's token needs the right to open pull requests here. ${TOKEN_RIGHTS}`
    return new AppError('forbidden', `${message} ${mend}`, { cause: error })
  }
  return new AppError(error.status === 404 ? 'not_found' : 'invalid', message, { cause: error })
}

/** Characters of GitHub's own words that are quoted. */
const QUOTED = 1000

/** What GitHub says of a refused request, e.g. `Validation Failed: No commits between main and x`. */
function sentenceOf(data: unknown): string {
  const { message, errors = [] } = refusal.safeParse(data).data ?? {}
  const details = errors.map((each) => (typeof each === 'string' ? each : (each.message ?? each.code ?? '')))
  return tailOf(
    [message, ...details]
      .filter(Boolean)
      .join(': ')
      .replace(/(?<!\.)\.+$/, ''),
    QUOTED,
  )
}

/** Seconds until GitHub wants to hear from us again. */
function waitOf(headers: Readonly<Record<string, string | number | undefined>>, clock: Clock): number {
  const after = Number(headers['retry-after'] ?? Number.NaN)
  if (Number.isFinite(after)) return after
  const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN)
  const untilReset = reset - clock.now() / 1000
  return headers['x-ratelimit-remaining'] === '0' && untilReset > 0
    ? Math.ceil(untilReset)
    : SECONDARY_LIMIT_WAIT / 1000
}
