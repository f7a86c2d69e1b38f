/** The consumers of the table's stream with their real parts. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { theTable } from '#lib/store/wiring'
import { createRelay } from './relay.ts'
import { createGitHubSink } from './sinks/github.ts'

const config = readConfig({
  GITHUB_ISSUE_LABELS: settings.GITHUB_ISSUE_LABELS,
})
const [trigger] = config.GITHUB_ISSUE_LABELS
if (trigger === undefined)
  throw new AppError('invalid', 'The configuration is wrong. GITHUB_ISSUE_LABELS: names no label')

const table = theTable()

export const counts = createCounts(table)
export const relay = createRelay([createGitHubSink({ owe: createLedger(table, systemClock).owe, trigger })])
