/** The consumers of the table's stream with their real parts. */
import { systemClock, systemSleep } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { systemChance, systemIds } from '#lib/ids'
import { auditNoteOf } from '#lib/projects/audit'
import { createTracking } from '#lib/queue/tracking'
import { createReaderStore } from '#lib/store/events/readers'
import { createLedger } from '#lib/store/ledger'
import { createNoteMemory } from '#lib/store/notes'
import { createParkingStore } from '#lib/store/parked'
import { createProjectStore } from '#lib/store/projects'
import { createQueueStore } from '#lib/store/queue'
import { createReviewStore } from '#lib/store/reviews'
import type { TallyChange } from '#lib/store/tally'
import { theTable } from '#lib/store/wiring'
import { createUpstream } from '#lib/upstream/upstream'
import { dayBudgetSpent } from './budget.ts'
import { createEventBus } from './bus.ts'
import type { Envelope, EventSink } from './envelope.ts'
import { createParking } from './parked.ts'
import { createRedisStream } from './redis.ts'
import { createRelay } from './relay.ts'
import { eventSettings } from './settings.ts'
import { createChronicleSink } from './sinks/chronicle.ts'
import { createEventBridgeSink } from './sinks/eventbridge.ts'
import { createGitHubSink } from './sinks/github.ts'
import { createRedisSink } from './sinks/redis.ts'
import { createReviewSink } from './sinks/reviews.ts'

const config = readConfig({
  ALLOW_PRIVATE_URLS: settings.ALLOW_PRIVATE_URLS,
  AWS_REGION: settings.AWS_REGION,
  BUDGET_USD_PER_DAY: settings.BUDGET_USD_PER_DAY,
  GITHUB_ISSUE_LABELS: settings.GITHUB_ISSUE_LABELS,
  MAX_PENDING_PRS: settings.MAX_PENDING_PRS,
  ...eventSettings,
})
const [trigger] = config.GITHUB_ISSUE_LABELS
if (trigger === undefined)
  throw new AppError('invalid', 'The configuration is wrong. GITHUB_ISSUE_LABELS: names no label')

/** A note is parked and comes again rather than hold the stream up. */
const NOTE_DEADLINE_MS = 3_000
const DECISION_ID = /^(.+)-D(\d+)$/

const table = theTable()

const tracking = createTracking({
  store: createQueueStore(table, () => undefined),
  reviews: createReviewStore(table),
  limit: config.MAX_PENDING_PRS,
})
export const relay = createRelay([
  createGitHubSink({ owe: createLedger(table, systemClock).owe, trigger }),
  createReviewSink(tracking),
])

/** Events for the outside. A sink that is down delays nobody: what it misses waits for it, in order. */
export const parking = createParking({
  sinks: [...eventBridge(), ...redis(), ...chronicle()],
  store: createParkingStore(table, systemIds),
  clock: systemClock,
  chance: systemChance,
})

export const readers = createReaderStore(table)

/** The event of an addition to a day's tally; undefined when no day has a budget, or this did not spend it. */
export function budgetEventOf(change: TallyChange): Envelope | undefined {
  const { BUDGET_USD_PER_DAY: budget } = config
  return budget === undefined ? undefined : dayBudgetSpent(change, budget)
}

/** None unless a bus is named. */
function eventBridge(): readonly EventSink[] {
  const { EVENT_BUS_NAME: name, AWS_REGION: region, EVENTBRIDGE_ENDPOINT: endpoint } = config
  if (name === undefined) return []
  const bus = createEventBus({ name, region, endpoint })
  return [createEventBridgeSink({ bus, sleep: systemSleep, chance: systemChance })]
}

/** None unless a Redis is named. */
function redis(): readonly EventSink[] {
  const { REDIS_URL: url, REDIS_STREAM_NAME: stream } = config
  return url === undefined ? [] : [createRedisSink({ stream: createRedisStream({ url, stream }) })]
}

/** None unless Chronicle has an address. */
function chronicle(): readonly EventSink[] {
  const { CHRONICLE_SERVICE_URL: url } = config
  if (url === undefined) return []
  const services = { project: url, backlog: url, sprint: url, chronicle: url }
  const upstream = createUpstream({
    ...services,
    allowed: config.ALLOW_PRIVATE_URLS,
    notes: createNoteMemory(table),
    deadlineMs: NOTE_DEADLINE_MS,
  })
  const decisions = createProjectStore(table)
  return [
    createChronicleSink({
      write: (note) => upstream.onBehalfOf({ correlationId: note.correlation_id }).noteDecision({ ...note }),
      async recall(id) {
        const [, project, seq] = DECISION_ID.exec(id) ?? []
        const record = project === undefined ? undefined : await decisions.decision(project, Number(seq))
        return record && auditNoteOf(record)
      },
    }),
  ]
}
