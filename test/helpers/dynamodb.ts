/** A real local table for a test: one engine per file, a fresh table per call. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll } from 'vitest'
import { createClient } from '#lib/store/client'
import { createTable, type Table } from '#lib/store/table'
import { type Engine, startDynoxide } from '#sandbox/dynamodb/dynoxide'
import { createLocalTable } from '#sandbox/dynamodb/table'

let engine: Promise<Engine> | undefined
let count = 0

export interface LocalTable {
  readonly table: Table
  readonly client: DynamoDBClient
  readonly name: string
  readonly endpoint: string
}

afterAll(async () => {
  await (await engine)?.stop()
  engine = undefined
})

/** The engine's address: Amazon's DynamoDB Local when TEST_DYNAMODB_ENDPOINT names one, else an own dynoxide. */
async function anEndpoint(): Promise<string> {
  const given = process.env['TEST_DYNAMODB_ENDPOINT']
  if (given) return given
  engine ??= startDynoxide({ port: 0 })
  return (await engine).endpoint
}

export async function aTable(): Promise<LocalTable> {
  const endpoint = await anEndpoint()
  const client = createClient({ endpoint, region: 'eu-central-1' })
  const name = `test-${process.pid}-${++count}`
  await createLocalTable(client, name)
  return { table: createTable({ client, name }), client, name, endpoint }
}
