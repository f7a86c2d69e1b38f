/** What every route is handed: the stand-in's parts, and what is known about the call in hand. */
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Clock } from '#lib/clock'
import type { WorkerLine } from '../programs/worker-line.ts'
import type { GitBackend } from './git/backend.ts'
import type { BareRepositories } from './git/bare.ts'
import type { LfsStore } from './git/lfs-store.ts'
import { notFound, refuse } from './http/answers.ts'
import type { Apps } from './http/apps.ts'
import type { Faults } from './http/faults.ts'
import type { Limits } from './http/limits.ts'
import type { Tally } from './http/tally.ts'
import type { Seeder } from './seed/seeder.ts'
import type { Actor, IssueRecord, PullRequest, RepositoryRecord } from './state/model.ts'
import type { Store } from './state/store.ts'

export interface World {
  readonly store: Store
  readonly git: BareRepositories
  readonly backend: GitBackend
  readonly lfs: LfsStore
  readonly limits: Limits
  readonly faults: Faults
  readonly tally: Tally
  readonly apps: Apps
  readonly seeder: Seeder
  readonly clock: Clock
  readonly token: string | undefined
  /** What a person pastes to let a worker take the issues. */
  workerLine(): WorkerLine
  /** The stand-in's own address, known once it listens. */
  url(): string
}

export interface Env {
  Bindings: HttpBindings
  Variables: {
    /** Whose limits the call is charged to. */
    caller: string
    user: Actor
    repository: RepositoryRecord
  }
}

export type Call = Context<Env>

/** The repository of the path; 301 when it was renamed, as GitHub answers, to an address that outlives names. */
export function requireRepository(c: Call, world: World): RepositoryRecord {
  const owner = c.req.param('owner') ?? ''
  const name = (c.req.param('repo') ?? '').replace(/\.git$/, '')
  const repository = world.store.repository(owner, name)
  if (repository !== undefined) return repository
  const moved = world.store.movedFrom(owner, name)
  if (moved === undefined) throw notFound()
  const { search } = new URL(c.req.url)
  const url = `${world.url()}${newPath(c, moved)}${search}`
  throw refuse(301, 'Moved Permanently', { url, headers: { location: url } })
}

/** REST calls are sent to the repository's id; git and browsers to its new name. */
function newPath(c: Call, { id, owner, name }: RepositoryRecord): string {
  if (c.req.path.startsWith('/repos/')) return `/repositories/${id}${pathInRepository(c)}`
  return c.req.path.replace(/^\/[^/]+\/[^/]+?(\.git)?(?=\/|$)/, `/${owner}/${name}$1`)
}

/** What follows `/repos/<owner>/<repo>`. */
export function pathInRepository(c: Call): string {
  return c.req.path.replace(/^\/repos\/[^/]+\/[^/]+/, '')
}

/** The issue or pull request of the path; 410 when it was deleted. */
export function requireIssue(c: Call, world: World): IssueRecord {
  const issue = world.store.issue(c.var.repository.id, Number(c.req.param('number')))
  if (issue === undefined) throw notFound()
  if (issue.deleted) throw refuse(410, 'This issue was deleted')
  return issue
}

export function requirePull(c: Call, world: World): PullRequest {
  const issue = requireIssue(c, world)
  if (!isPull(issue)) throw notFound()
  return issue
}

export function isPull(issue: IssueRecord): issue is PullRequest {
  return issue.pull !== null
}
