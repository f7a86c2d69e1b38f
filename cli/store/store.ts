/** Finds the store that a command works on: what the environment names, else the one that runs locally. */
import { type Environment, readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { createClient } from '#lib/store/client'
import { createTable, type Table } from '#lib/store/table'
import { dataDirOf, findRunning } from '#sandbox/stack/running'
import type { Context, Given, Result, Run } from '../line/command.ts'

interface Place {
  readonly endpoint?: string | undefined
  readonly accessKeyId?: string | undefined
  readonly table: string
}

/** Throws `unavailable` when none is named and no stack runs here. */
async function findTable(env: Environment): Promise<Table> {
  const { AWS_REGION } = readConfig({ AWS_REGION: settings.AWS_REGION }, env)
  const { table, ...place } = named(env) ?? (await running(env))
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

async function running(env: Environment): Promise<Place> {
  const { dev } = await findRunning(dataDirOf(env)).catch((error: AppError) => {
    const hint = 'For a store on AWS or elsewhere set COXSWAIN_TABLE, and DYNAMODB_ENDPOINT or AWS_REGION.'
    throw new AppError(error.code, `${error.message} ${hint}`, { cause: error })
  })
  const { endpoint, table, access_key_id } = dev.dynamodb
  return { endpoint, table, ...(access_key_id !== '' && { accessKeyId: access_key_id }) }
}

/** The command on the store; when the store does not answer, its error says where it was looked for. */
export function onStore(run: (given: Given, context: Context, table: Table) => Promise<Result>): Run {
  return async (given, context) => {
    const table = await findTable(context.env)
    return run(given, context, table).catch((error: unknown) => {
      throw withPlace(error, context.env)
    })
  }
}

function withPlace(error: unknown, env: Environment): unknown {
  if (!(error instanceof AppError) || error.code !== 'unavailable') return error
  return new AppError(error.code, `${error.message} ${adviceOn(env)}`, { cause: error })
}

function adviceOn({ DYNAMODB_ENDPOINT: endpoint, COXSWAIN_TABLE: table }: Environment): string {
  if (endpoint) return `Is "npm start" running, or does DYNAMODB_ENDPOINT (${endpoint}) name the right place?`
  if (table) return 'Are COXSWAIN_TABLE and AWS_REGION right, and may these credentials use the table?'
  return 'The terminal of "npm start" and the log dynamodb.log in its data folder say how its store is.'
}
