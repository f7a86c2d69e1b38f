/** The authorizer with its real parts. Kept apart from all other wiring: it is on the path of every request. */
import { systemClock } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createClient } from '#lib/store/client'
import { createTable } from '#lib/store/table'
import { createTokenStore } from '#lib/store/tokens'
import { createAuthorizer } from './authorizer.ts'
import { createTokens } from './service.ts'

const { AWS_REGION, COXSWAIN_TABLE, DYNAMODB_ENDPOINT } = readConfig({
  AWS_REGION: settings.AWS_REGION,
  COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
  DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
})

const client = createClient({ endpoint: DYNAMODB_ENDPOINT, region: AWS_REGION })
const store = createTokenStore(createTable({ client, name: COXSWAIN_TABLE }))

export const authorize = createAuthorizer({
  tokens: createTokens({ store, clock: systemClock, ids: systemIds }),
  clock: systemClock,
  // One line of JSON, as the logger of the handlers writes; the logger itself would double this function.
  onFailure: (error) =>
    console.error(JSON.stringify({ level: 'ERROR', message: 'the tokens cannot be read', error: String(error) })),
})
