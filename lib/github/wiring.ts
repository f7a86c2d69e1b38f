/** GitHub with its real parts: the poll that reads, the flusher that writes, one client between them. */
import { seconds, systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createDeliveries } from '#lib/queue/deliveries'
import { createOperations } from '#lib/queue/operations'
import { createPoll, withReviews } from '#lib/queue/poll'
import { createReconcile } from '#lib/queue/reconcile'
import { createReviewPoll } from '#lib/queue/review-poll'
import { polls as allPolls, repositories, reviewStore, reviews, store, tracking } from '#lib/queue/wiring'
import { createLimitNote } from '#lib/store/gate'
import { createLedger } from '#lib/store/ledger'
import { theTable } from '#lib/store/wiring'
import { connect, credentialOf, gatesOf, linesOf } from './credential.ts'
import { createFlusher } from './flush.ts'
import { createPermissions } from './permissions.ts'
import { createPullSource } from './pulls.ts'
import { createIssueSource } from './source.ts'
import { createIssueStates } from './states.ts'
import { createLabelTrust } from './trust.ts'
import { isLoopback } from './urls.ts'
import { createIssueWriter } from './writer.ts'

const config = readConfig({
  COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL,
  GITHUB_TOKEN: settings.GITHUB_TOKEN,
  GITHUB_APP_ID: settings.GITHUB_APP_ID,
  GITHUB_APP_PRIVATE_KEY: settings.GITHUB_APP_PRIVATE_KEY,
  GITHUB_APP_INSTALLATION_ID: settings.GITHUB_APP_INSTALLATION_ID,
  GITHUB_API_URL: settings.GITHUB_API_URL,
  GITHUB_ISSUE_LABELS: settings.GITHUB_ISSUE_LABELS,
  REQUIRE_TRUSTED_LABELER: settings.REQUIRE_TRUSTED_LABELER,
  TRUSTED_LABELERS: settings.TRUSTED_LABELERS,
  GITHUB_WRITES_PER_MINUTE: settings.GITHUB_WRITES_PER_MINUTE,
  GITHUB_WRITES_PER_HOUR: settings.GITHUB_WRITES_PER_HOUR,
})
const [trigger] = config.GITHUB_ISSUE_LABELS
if (trigger === undefined) throw new AppError('invalid', 'The configuration is wrong. GITHUB_ISSUE_LABELS: is empty')

/** Less than the minute between two runs: what is left waits for the next. */
const FLUSH_MS = seconds(50)

const table = theTable()
const credential = credentialOf(config)
const polls = gatesOf(credential, allPolls)
const client = connect(credential, config.GITHUB_API_URL, (installation) => createLimitNote(table, installation))
const source = createIssueSource({ client })
const operations = createOperations({ store, clock: systemClock })

const { REQUIRE_TRUSTED_LABELER: isAsked, GITHUB_API_URL: apiUrl } = config
/** What a person may do in a repository: one rule for labels and reviews, whatever GitHub calls the person's association. */
const permissions = createPermissions({ client, clock: systemClock, trusted: config.TRUSTED_LABELERS })
/** Undefined where everybody who can put the label on may ask for work: by default only with a laptop's own GitHub. */
const isOwn = config.COXSWAIN_LOCAL && isLoopback(new URL(apiUrl))
const trust = (isAsked ?? !isOwn) ? createLabelTrust({ client, permissions, apiUrl, trigger }) : undefined
const reconciling = { source, polls, store, operations, trigger, trust, repositories }
const states = createIssueStates({ client })

const poll = createPoll({ ...reconciling, states, clock: systemClock, ids: systemIds })

/** Looks at open pull requests: `poll` at a repository's, `look` at one of which something was heard. */
const reviewPoll = createReviewPoll({
  pulls: createPullSource({ client }),
  reviews: reviewStore,
  store,
  tracking,
  observe: reviews.observe,
  mayReview: permissions.mayWrite,
  clock: systemClock,
})

async function pollOne(name: string, correlationId: string) {
  return withReviews(polls, systemClock, await poll(name, correlationId), () => reviewPoll.poll(name, correlationId))
}

/** Does what a webhook asks for. */
export const workOn = createDeliveries({
  reconcileOne: createReconcile(reconciling).reconcileOne,
  polls,
  mayReview: permissions.mayWrite,
  reviews: {
    async observe({ repository, pull }, correlationId) {
      await reviewPoll.look(repository, pull, correlationId)
    },
  },
  clock: systemClock,
})

/** Polls every configured repository; one that fails holds up no other. Throws in the end when the store failed one. */
export async function pollAll(correlationId: string) {
  const names = await repositories()
  const results = await Promise.allSettled(names.map((name) => pollOne(name, correlationId)))
  const thrown = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (thrown.length > 0) throw thrown[0]
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

const limits = { perMinute: config.GITHUB_WRITES_PER_MINUTE, perHour: config.GITHUB_WRITES_PER_HOUR }

export const flusher = createFlusher({
  ledger: createLedger(table, systemClock),
  writer: createIssueWriter({ client }),
  clock: systemClock,
  ids: systemIds,
  options: { maxWrites: limits.perMinute, deadlineMs: FLUSH_MS, limits, lineOf: linesOf(credential) },
})
