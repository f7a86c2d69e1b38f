/** The table with its real parts: one client per container, shared by every wiring, opened when first needed. */
import { readConfig, settings } from '#lib/config'
import { createClient } from './client.ts'
import { createTable, type Table } from './table.ts'

let opened: Table | undefined

/** Throws `invalid` when the table's settings are missing or wrong. */
export function theTable(): Table {
  opened ??= open()
  return opened
}

function open(): Table {
  const { AWS_REGION, COXSWAIN_TABLE, DYNAMODB_ENDPOINT } = readConfig({
    AWS_REGION: settings.AWS_REGION,
    COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
    DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
  })
  return createTable({
    client: createClient({ endpoint: DYNAMODB_ENDPOINT, region: AWS_REGION }),
    name: COXSWAIN_TABLE,
  })
}
