/** The consumers of the table's stream with their real parts. */
import { systemClock, systemSleep } from '#lib/clock'
import { optionalText, optionalUrl, readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { systemChance } from '#lib/ids'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { theTable } from '#lib/store/wiring'
import { createEventBus } from './bus.ts'
import { createRelay, type Sink } from './relay.ts'
import { createEventBridgeSink } from './sinks/eventbridge.ts'
import { createGitHubSink } from './sinks/github.ts'

const config = readConfig({
  AWS_REGION: settings.AWS_REGION,
  EVENT_BUS_NAME: optionalText,
  EVENTBRIDGE_ENDPOINT: optionalUrl,
  GITHUB_ISSUE_LABELS: settings.GITHUB_ISSUE_LABELS,
})
const [trigger] = config.GITHUB_ISSUE_LABELS
if (trigger === undefined)
  throw new AppError('invalid', 'The configuration is wrong. GITHUB_ISSUE_LABELS: names no label')

const table = theTable()

export const counts = createCounts(table)
export const relay = createRelay([
  createGitHubSink({ owe: createLedger(table, systemClock).owe, trigger }),
  ...eventBridge(),
])

/** None unless a bus is named. */
function eventBridge(): readonly Sink[] {
  const { EVENT_BUS_NAME: name, AWS_REGION: region, EVENTBRIDGE_ENDPOINT: endpoint } = config
  if (name === undefined) return []
  const bus = createEventBus({ name, region, endpoint })
  return [createEventBridgeSink({ bus, sleep: systemSleep, chance: systemChance })]
}
