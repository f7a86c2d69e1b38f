/** A stand-in for GitHub: its REST API, git over HTTP and pages to look at, all kept in one folder. */
import { join } from 'node:path'
import { type Clock, systemClock } from '#lib/clock'
import { type Entrance, listen } from '../http/listen.ts'
import type { WorkerLine } from '../programs/worker-line.ts'
import { createApp } from './app.ts'
import { createGitBackend } from './git/backend.ts'
import { openBareRepositories } from './git/bare.ts'
import { createLfsStore } from './git/lfs-store.ts'
import { type AppSeed, createApps } from './http/apps.ts'
import { createFaults, type FaultPlan } from './http/faults.ts'
import { createLimits, type LimitOptions } from './http/limits.ts'
import { createTally, type Stats } from './http/tally.ts'
import { followBranches } from './routes/git.ts'
import { createSeeder, type Seeder } from './seed/seeder.ts'
import { createStore, type Store } from './state/store.ts'
import { openDatabase } from './state/tables.ts'
import { createWebhooks, type WebhookTarget } from './webhooks.ts'
import type { World } from './world.ts'

export interface StandInOptions extends Entrance {
  /** Everything is kept here; starting on the same folder goes on where it ended, however it ended. */
  readonly dataDir: string
  /** When set, writes and pushes need it. */
  readonly token?: string
  readonly clock?: Clock
  readonly limits?: LimitOptions
  /** A GitHub App that may ask for tokens of its installations. */
  readonly app?: AppSeed
  /** Named on the page that says how to start a worker; its token as a shell writes it. */
  readonly orchestrator?: WorkerLine['orchestrator']
  /** Told of issues, pull requests and reviews, signed with the secret. */
  readonly webhook?: WebhookTarget
}

export interface StandInGitHub {
  /** Root of the REST API, of the git repositories (`<url>/<owner>/<repo>.git`) and of the pages. */
  readonly url: string
  readonly seed: Seeder
  stats(): Stats
  /** Makes the next matching calls fail. */
  fail(plan: FaultPlan): void
  /** Forgets faults not yet used up. */
  heal(): void
  /** Resolves once every webhook of the changes so far was delivered, or could not be. */
  delivered(): Promise<void>
  /** May be called twice. */
  close(): Promise<void>
}

export async function startGitHub(options: StandInOptions): Promise<StandInGitHub> {
  const { host, port, doors, controlToken, dataDir, clock = systemClock } = options
  let url = ''
  const database = openDatabase(dataDir)
  const webhooks = createWebhooks(options.webhook, {
    base: () => url,
    repository: (id) => store.repositoryById(id),
    label: (repository, name) => store.label(repository, name),
  })
  const store: Store = createStore(database, clock, webhooks.listener)
  const git = openBareRepositories(join(dataDir, 'repositories'))
  const world: World = {
    store,
    git,
    clock,
    backend: createGitBackend(git.root),
    lfs: createLfsStore(join(dataDir, 'lfs')),
    limits: createLimits(clock, options.limits),
    faults: createFaults(),
    apps: createApps(options.app, clock),
    tally: createTally(store),
    seeder: createSeeder({ store, git, clock }),
    token: options.token,
    workerLine: () => ({ orchestrator: options.orchestrator, github: { url, token: options.token } }),
    url: () => url,
  }
  // A push may have arrived in the moment the last process died.
  await Promise.all(store.repositories().map(({ id }) => followBranches(world, id)))
  const app = createApp(world, controlToken)
  const server = await listen(app, { name: 'GitHub', host, port, doors }).catch((error: unknown) => {
    database.close()
    throw error
  })
  url = server.url
  let closing: Promise<void> | undefined

  return {
    url,
    seed: world.seeder,
    stats: world.tally.stats,
    fail: world.faults.add,
    heal: world.faults.clear,
    delivered: webhooks.delivered,
    close() {
      closing ??= Promise.all([server.close(), webhooks.close()]).then(database.close)
      return closing
    },
  }
}
