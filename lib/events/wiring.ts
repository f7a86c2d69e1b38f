/** The consumers of the table's stream with their real parts. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { createClient } from '#lib/store/client'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { createTable } from '#lib/store/table'
import { createRelay } from './relay.ts'
import { createGitHubSink } from './sinks/github.ts'

const config = readConfig({
  AWS_REGION: settings.AWS_REGION,
  COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
  DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
  GITHUB_ISSUE_LABELS: settings.GITHUB_ISSUE_LABELS,
})
const [trigger] = config.GITHUB_ISSUE_LABELS
if (trigger === undefined)
  throw new AppError('invalid', 'The configuration is wrong. GITHUB_ISSUE_LABELS: names no label')

const client = createClient({ endpoint: config.DYNAMODB_ENDPOINT, region: config.AWS_REGION })
const table = createTable({ client, name: config.COXSWAIN_TABLE })

export const counts = createCounts(table)
export const relay = createRelay([createGitHubSink({ owe: createLedger(table, systemClock).owe, trigger })])
