/** The queue with its real parts. Imported by functions at module scope: one set of clients per container. */
import { seconds, systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { eventChecks } from '#lib/events/health-wiring'
import { writesLeft } from '#lib/github/shaper'
import { writeHealth } from '#lib/github/standing'
import { htmlBaseOf, isPullRequestOfEither } from '#lib/github/urls'
import { log } from '#lib/http/logger'
import { systemChance } from '#lib/ids'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import { createProjectStore } from '#lib/store/projects'
import { createQueueStore } from '#lib/store/queue'
import { refusalOf } from '#lib/store/refused'
import { createReviewStore } from '#lib/store/reviews'
import { createTallies } from '#lib/store/tally'
import { theTable } from '#lib/store/wiring'
import { partSettings, unconfigured } from '#lib/unconfigured'
import type { Policy } from './decide.ts'
import { createGate } from './gate.ts'
import { createHealth } from './health.ts'
import { createLists } from './lists.ts'
import type { JobKey } from './model.ts'
import { createOutlook } from './outlook.ts'
import { createQueue } from './queue.ts'
import { createRetire } from './retire.ts'
import { createReviews } from './reviews.ts'
import { createDayBudget } from './spending.ts'
import { createTracking } from './tracking.ts'

const config = readConfig({
  LEASE_SECONDS: settings.LEASE_SECONDS,
  MAX_ATTEMPTS: settings.MAX_ATTEMPTS,
  MAX_WORKER_LOST: settings.MAX_WORKER_LOST,
  RETRY_DELAY_SECONDS: settings.RETRY_DELAY_SECONDS,
  MAX_PENDING_PRS: settings.MAX_PENDING_PRS,
  GITHUB_POLL_INTERVAL: settings.GITHUB_POLL_INTERVAL,
  BUDGET_USD_PER_JOB: settings.BUDGET_USD_PER_JOB,
  BUDGET_USD_PER_DAY: settings.BUDGET_USD_PER_DAY,
  MAX_WORKERS: settings.MAX_WORKERS,
  GITHUB_WRITES_PER_MINUTE: settings.GITHUB_WRITES_PER_MINUTE,
  GITHUB_WRITES_PER_HOUR: settings.GITHUB_WRITES_PER_HOUR,
  GITHUB_REPO: settings.GITHUB_REPO,
  GITHUB_REPOS: settings.GITHUB_REPOS,
  GITHUB_API_URL: settings.GITHUB_API_URL,
})

/** A job postponed this often by rate limits or infrastructure has met something that waiting does not mend. */
const MAX_POSTPONED = 20
const VERSION = '0.1.0'

export const policy: Policy = {
  leaseMs: seconds(config.LEASE_SECONDS),
  maxAttempts: config.MAX_ATTEMPTS,
  maxWorkersLost: config.MAX_WORKER_LOST,
  maxPostponed: MAX_POSTPONED,
  retryDelayMs: seconds(config.RETRY_DELAY_SECONDS),
  usdPerJob: config.BUDGET_USD_PER_JOB,
}

const table = theTable()
export const store = createQueueStore(table, ({ pk, sk }, error) =>
  log.error('unreadable item left alone', { pk, sk, error }),
)
export const polls = createPollStore(table)

const configured = [...new Set([...config.GITHUB_REPO, ...config.GITHUB_REPOS])]
export const repositories = async (): Promise<readonly string[]> => configured

export const reviewStore = createReviewStore(table)
const review = { store, reviews: reviewStore, limit: config.MAX_PENDING_PRS }
export const tracking = createTracking(review)
export const reviews = createReviews({ ...review, tracking, clock: systemClock, repositories })

const htmlBase = htmlBaseOf(config.GITHUB_API_URL)
export const counts = createCounts(table).read
const ledger = createLedger(table, systemClock)
const refusedDebts = async (keys: readonly JobKey[]) => (await ledger.refusedAmong(keys)).map(refusalOf)
export const { retire } = createRetire({ store, clock: systemClock })
export const shared = { store, clock: systemClock, policy, repositories, refusedDebts }
/** Owes an issue's refused write to GitHub anew; false when none was set aside. */
export const redriveDebt = ledger.redrive

const tallies = createTallies(table)
const { BUDGET_USD_PER_DAY: usdPerDay } = config
const dayBudget = usdPerDay === undefined ? undefined : createDayBudget({ usdPerDay, spentOn: tallies.spentOn })

/** What a queue is made of, for whoever leases. */
export const ports = {
  ...shared,
  dayBudget,
  chance: systemChance,
  gate: createGate({ reviews: reviewStore, limit: config.MAX_PENDING_PRS }),
  isPullRequest: (url: string, repository: string) =>
    isPullRequestOfEither(url, repository, {
      htmlBase,
      renamedTo: async (name) => (await polls.read(name))?.renamed_to,
    }),
}

/** Everything but leasing, and lists of anything but jobs. */
export const queue = createQueue(ports)
export const lists = createLists({ ...shared, counts })

const limits = { perMinute: config.GITHUB_WRITES_PER_MINUTE, perHour: config.GITHUB_WRITES_PER_HOUR }

export const desired = createOutlook({
  counts,
  finishedLastHour: tallies.finishedLastHour,
  writesLeft: async (now) => writesLeft(await ledger.budget(), now, limits),
  dayBudget,
  clock: systemClock,
  maxWorkers: config.MAX_WORKERS,
})

const off = unconfigured(readConfig(partSettings))

export const health = createHealth({
  ...shared,
  polls,
  counts,
  lastSweep: createProjectStore(table).lastSweep,
  parts: {
    ...eventChecks,
    not_configured: async () => (off === undefined ? undefined : { ok: true, detail: off }),
    async github_writes(now) {
      const standing = await ledger.standing()
      return standing && writeHealth(standing, now)
    },
  },
  pollIntervalMs: seconds(config.GITHUB_POLL_INTERVAL),
  version: VERSION,
})
