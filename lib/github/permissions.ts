/** What a person may do in a repository: asked once, believed for a while, then asked whether it changed. */
import * as z from 'zod'
import { type Clock, type Instant, minutes } from '#lib/clock'
import type { GitHubClient } from './client.ts'
import { unreadable } from './errors.ts'
import { splitRepository } from './urls.ts'

export interface Permissions {
  /** True for who may push: write, maintain or admin. Throws as IssueSource.list does. */
  mayWrite(repository: string, login: string): Promise<boolean>
}

export interface PermissionsPorts {
  readonly client: GitHubClient
  readonly clock: Clock
  /** Logins that are trusted without being asked for. */
  readonly trusted?: readonly string[]
}

const PERMISSION = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission'
/** A right that was taken away counts for this long. */
const BELIEVED_MS = minutes(5)
/** People remembered per process. */
const MOST_PEOPLE = 1_000
/** Logins of people, and of Apps with their ending; anything else is nobody's. */
const LOGIN = /^[a-z0-9](?:[a-z0-9_-]{0,99})(?:\[bot\])?$/i
const WRITERS = ['admin', 'maintain', 'write']

const answer = z.object({ permission: z.string() })

interface Known {
  readonly mayWrite: boolean
  readonly etag: string | undefined
  readonly at: Instant
}

export function createPermissions({ client, clock, trusted = [] }: PermissionsPorts): Permissions {
  const known = new Map<string, Known>()
  const always = new Set(trusted.map((login) => login.toLowerCase()))

  async function ask(repository: string, login: string, before: Known | undefined): Promise<Known> {
    const params = { ...splitRepository(repository), username: login }
    const headers = before?.etag === undefined ? {} : { 'if-none-match': before.etag }
    const told = await client.request(PERMISSION, { params, headers, accept: [304, 404] })
    const at = clock.now()
    if (told.status === 304 && before !== undefined) return { ...before, at }
    if (told.status === 404) return { mayWrite: false, etag: undefined, at }
    const read = answer.safeParse(told.data)
    if (!read.success) throw unreadable(PERMISSION)
    return { mayWrite: WRITERS.includes(read.data.permission), etag: told.headers['etag'], at }
  }

  return {
    async mayWrite(repository, login) {
      if (always.has(login.toLowerCase())) return true
      if (!LOGIN.test(login)) return false
      const key = `${repository}/${login}`.toLowerCase()
      const before = known.get(key)
      if (before !== undefined && clock.now() - before.at < BELIEVED_MS) return before.mayWrite
      const now = await ask(repository, login, before)
      const [oldest] = known.keys()
      if (known.size >= MOST_PEOPLE && oldest !== undefined) known.delete(oldest)
      known.set(key, now)
      return now.mayWrite
    },
  }
}
