/** Finds the store that a command works on: what the environment names, else the one that runs locally. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { type Environment, readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { createClient } from '#lib/store/client'
import { createTable, type Table } from '#lib/store/table'

/** What `npm start` leaves behind about itself, as far as it matters here. */
const devFile = z.object({
  dynamodb: z.object({ endpoint: z.url(), table: z.string().min(3), access_key_id: z.string().min(1).optional() }),
})

interface Place {
  readonly endpoint?: string | undefined
  readonly accessKeyId?: string | undefined
  readonly table: string
}

/** Throws `invalid` when there is no telling which store is meant. */
export function findTable(env: Environment): Table {
  const { AWS_REGION } = readConfig({ AWS_REGION: settings.AWS_REGION }, env)
  const { table, ...place } = named(env) ?? running(env)
  return createTable({ client: createClient({ ...place, region: AWS_REGION }), name: table })
}

function named(env: Environment): Place | undefined {
  if (!env['COXSWAIN_TABLE'] && !env['DYNAMODB_ENDPOINT']) return undefined
  const { COXSWAIN_TABLE, DYNAMODB_ENDPOINT, DYNAMODB_ACCESS_KEY_ID } = readConfig(
    {
      COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
      DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
      DYNAMODB_ACCESS_KEY_ID: settings.DYNAMODB_ACCESS_KEY_ID,
    },
    env,
  )
  return { endpoint: DYNAMODB_ENDPOINT, accessKeyId: DYNAMODB_ACCESS_KEY_ID, table: COXSWAIN_TABLE }
}

function running(env: Environment): Place {
  const file = join(env['COXSWAIN_DATA_DIR'] || '.local', 'dev.json')
  if (!existsSync(file)) {
    throw new AppError('invalid', `Which store? Set COXSWAIN_TABLE, or run "npm start" first (there is no ${file}).`)
  }
  const read = devFile.safeParse(contents(file))
  if (!read.success) throw new AppError('invalid', `${file} does not name a store. Run "npm start" to write it anew.`)
  const { endpoint, table, access_key_id: accessKeyId } = read.data.dynamodb
  return { endpoint, accessKeyId, table }
}

function contents(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
