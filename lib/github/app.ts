/**
 * GitHub as an App sees it: each account that installed it is a line of its own, with its own token, gate and figures.
 *
 * A token lives for an hour; the library fetches it when it is first needed and keeps it for 59 minutes.
 */
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { RequestError } from '@octokit/request-error'
import * as z from 'zod'
import { seconds, systemClock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Ask, type ClientOptions, createClient, type GitHubClient, headersOf, SILENT } from './client.ts'
import { noAnswer, refusal, unreadable } from './errors.ts'
import { closedUntil } from './limits.ts'
import type { LimitNote } from './shared-limit.ts'
import type { OwnerAndRepo } from './urls.ts'

export interface AppOptions extends Omit<ClientOptions, 'token' | 'note'> {
  readonly appId: string
  /** PEM, see app-key.ts. */
  readonly privateKey: string
  /** Looked up by repository when left out. */
  readonly installationId?: number | undefined
  /** Where the limits of one installation's tokens are noted: each has its own. */
  readonly noteOf?: ((installationId: number) => LimitNote) | undefined
}

/** Fetching a token takes two tenths of a second. */
const TIMEOUT = seconds(10)
const INSTALLATION = 'GET /repos/{owner}/{repo}/installation'
const TOKEN = 'POST /app/installations/{installation_id}/access_tokens'

const installationAnswer = z.object({ id: z.int().positive() })

/** A client for everything the App is installed on. Throws AppError `invalid` on unusable options. */
export function createAppClient(options: AppOptions): GitHubClient {
  const app = createTokens(options)
  const installations = new Map<string, Promise<number>>()
  const clients = new Map<number, GitHubClient>()

  /** An App is installed on accounts: one look-up serves all repositories of an owner. */
  function installationOf(place: OwnerAndRepo | undefined): Promise<number> {
    if (options.installationId !== undefined) return Promise.resolve(options.installationId)
    const [any] = installations.values()
    if (place === undefined) return any ?? Promise.reject(nowhere())
    const owner = place.owner.toLowerCase()
    const found = installations.get(owner) ?? app.lookUp(place)
    installations.set(owner, found)
    found.catch(() => installations.delete(owner))
    return found
  }

  function clientOf(id: number): GitHubClient {
    const client =
      clients.get(id) ?? createClient({ ...options, note: options.noteOf?.(id), token: () => app.token(id) })
    clients.set(id, client)
    return client
  }

  return {
    request: async (route, ask) => clientOf(await installationOf(placeOf(ask))).request(route, ask),
    /** Open as soon as one of the lines is. */
    closedUntil: () => {
      const gates = [...clients.values()].map((client) => client.closedUntil())
      return gates.length === 0 ? 0 : Math.min(...gates)
    },
    closeUntil: (at) => {
      for (const client of clients.values()) client.closeUntil(at)
    },
    /** Those of the line that has least left. */
    rateLimit: () =>
      [...clients.values()]
        .flatMap((client) => client.rateLimit() ?? [])
        .toSorted((a, b) => a.remaining - b.remaining)[0],
  }
}

function createTokens({ appId, privateKey, baseUrl, userAgent = 'coxswain', fetch = globalThis.fetch }: AppOptions) {
  const { request } = new Octokit({
    baseUrl: baseUrl.replace(/(?<!\/)\/+$/, ''),
    userAgent,
    log: SILENT,
    request: {
      redirect: 'manual',
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) }),
    },
  })
  const auth = createAppAuth({ appId, privateKey, request, log: SILENT })

  return {
    async token(installationId: number): Promise<string> {
      const granted = await asked(TOKEN, () => auth({ type: 'installation', installationId }))
      return granted.token
    },

    async lookUp({ owner, repo }: OwnerAndRepo): Promise<number> {
      const { token } = await asked(INSTALLATION, () => auth({ type: 'app' }))
      const headers = { authorization: `Bearer ${token}` }
      const answer = await asked(INSTALLATION, () => request(INSTALLATION, { owner, repo, headers }))
      const read = installationAnswer.safeParse(answer.data)
      if (!read.success) throw unreadable(INSTALLATION)
      return read.data.id
    },
  }
}

/** Makes a call as the App itself; its refusals are told in the App's words. */
async function asked<T>(route: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (thrown) {
    if (!(thrown instanceof RequestError) || thrown.response === undefined) throw noAnswer(route, thrown, false)
    const { status, headers } = thrown.response
    const now = systemClock.now()
    const spoken = { status, headers: headersOf(headers), message: thrown.message }
    throw inWords(refusal(route, spoken, { until: closedUntil(spoken, now), now }), status)
  }
}

function inWords(error: AppError, status: number): AppError {
  const { details } = error
  if (status === 401) {
    const message = 'GitHub does not accept the App: GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY do not belong together.'
    return new AppError('forbidden', message, { details })
  }
  if (status === 404) {
    const message =
      'The GitHub App is not installed there: install it on the repository, or mend GITHUB_APP_INSTALLATION_ID.'
    return new AppError('gone', message, { details })
  }
  return error
}

function nowhere(): AppError {
  return new AppError('internal', 'A call as a GitHub App has to name the repository it is about.')
}

function placeOf(ask: Ask | undefined): OwnerAndRepo | undefined {
  if (ask?.place !== undefined) return ask.place
  const { owner, repo } = ask?.params ?? {}
  return typeof owner === 'string' && typeof repo === 'string' ? { owner, repo } : undefined
}
