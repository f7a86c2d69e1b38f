/** Follows a repository that was renamed or transferred. GitHub answers 301 then, which is read and never followed blindly. */
import { RequestError } from '@octokit/request-error'
import type { Octokit } from '@octokit/rest'
import * as z from 'zod'
import { isRepository, splitRepository } from '../names.ts'
import type { Located } from './facts.ts'

const REDIRECTS = [301, 302, 307, 308]

/** The answer to a call was to call elsewhere. */
class Moved extends Error {
  readonly location: string
  constructor(location: string) {
    super('GitHub answered with another address.')
    this.location = location
  }
}

/** `fetch` that throws instead of following a redirect. */
export function withoutRedirects(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'manual' })
    if (REDIRECTS.includes(response.status)) throw new Moved(response.headers.get('location') ?? '')
    return response
  }
}

const repositoryAnswer = z.object({ full_name: z.string().refine(isRepository), default_branch: z.string() })

export interface Renames {
  /** Errors are Octokit's. */
  locate(repository: string): Promise<Located>
  /** Runs `task` with the name the repository has now; asks for it only when the name that is known is not it. */
  under<T>(repository: string, task: (name: string) => Promise<T>): Promise<T>
}

export function createRenames(octokit: Octokit): Renames {
  const names = new Map<string, string>()

  async function locate(repository: string): Promise<Located> {
    const { data } = await octokit.rest.repos.get(splitRepository(repository)).catch((error: unknown) => {
      const id = movedTo(error)
      // The id is looked up at our own API address, so that the token goes nowhere else.
      return id === null ? Promise.reject(error) : octokit.request('GET /repositories/{id}', { id })
    })
    const { full_name, default_branch } = repositoryAnswer.parse(data)
    return { repository: full_name, default_branch }
  }

  return {
    locate,
    async under(repository, task) {
      try {
        return await task(names.get(repository) ?? repository)
      } catch (error) {
        if (!isMoved(error)) throw error
        const now = await locate(repository)
        names.set(repository, now.repository)
        return task(now.repository)
      }
    },
  }
}

function isMoved(error: unknown): error is RequestError & { readonly cause: Moved } {
  return error instanceof RequestError && error.cause instanceof Moved
}

/** The repository's id in the address that GitHub gives; null for anything else. */
function movedTo(error: unknown): string | null {
  if (!isMoved(error)) return null
  return /\/repositories\/(\d{1,15})(?:\/|\?|$)/.exec(error.cause.location)?.[1] ?? null
}

/** Git's words for a redirect, which the worker's calls do not follow. */
const GIT_MOVED = /returned error: 30[1278]\b|redirection/i

/** True when the remote answered one of the worker's Git calls with another address. */
export function isGitMoved(error: unknown): boolean {
  return error instanceof Error && GIT_MOVED.test(error.message)
}

/** The address of a pull request as `leased` has it; GitHub leads on from a name that a repository had before. */
export function underLeasedName(address: string, leased: string): string {
  const parts = address.split('/')
  const [owner, name, pull, number = ''] = parts.slice(-4)
  if (!owner || !name || pull !== 'pull' || !/^\d+$/.test(number)) return address
  return [...parts.slice(0, -4), leased, pull, number].join('/')
}
