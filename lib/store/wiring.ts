/** The table with its real parts: one client per container, shared by every wiring, opened when first needed. */
import { readConfig, settings } from '#lib/config'
import { type ClientOptions, createClient } from './client.ts'
import { createTable, type Table } from './table.ts'

let opened: Table | undefined

/** Throws `invalid` when the table's settings are missing or wrong. */
export function theTable(): Table {
  opened ??= open()
  return opened
}

/** Where the configured DynamoDB is. Throws `invalid` when its settings are wrong. */
export function thePlace(): ClientOptions {
  const { AWS_REGION, DYNAMODB_ENDPOINT, DYNAMODB_ACCESS_KEY_ID } = readConfig({
    AWS_REGION: settings.AWS_REGION,
    DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
    DYNAMODB_ACCESS_KEY_ID: settings.DYNAMODB_ACCESS_KEY_ID,
  })
  return { endpoint: DYNAMODB_ENDPOINT, accessKeyId: DYNAMODB_ACCESS_KEY_ID, region: AWS_REGION }
}

function open(): Table {
  const { COXSWAIN_TABLE } = readConfig({ COXSWAIN_TABLE: settings.COXSWAIN_TABLE })
  return createTable({ client: createClient(thePlace()), name: COXSWAIN_TABLE })
}
