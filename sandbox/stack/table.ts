/** The table, made when it is not there yet, and its stream. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import { AppError } from '#lib/errors'
import { type ClientOptions, createClient } from '#lib/store/client'
import { lockKey } from '#lib/store/keys'
import { createTable, type Table } from '#lib/store/table'
import { createLocalTable } from '../dynamodb/table.ts'
import type { Part } from './part.ts'

export interface TablePart extends Part {
  readonly table: Table
  readonly streamArn: string
}

export async function startTable(place: ClientOptions & { readonly name: string }): Promise<TablePart> {
  const client = createClient(place)
  await createLocalTable(client, place.name)
  const { Table: description } = await client.send(new DescribeTableCommand({ TableName: place.name }))
  const streamArn = description?.LatestStreamArn
  if (streamArn === undefined) {
    throw new AppError('unavailable', `The table ${place.name} has no stream.`)
  }
  const table = createTable({ client, name: place.name })
  await freeLocks(table)
  const stop = async () => client.destroy()
  return { name: `table ${place.name}`, table, streamArn, stop }
}

/** Whoever held a lock died with the stack before this one: nobody needs to wait until its time is over. */
async function freeLocks(table: Table): Promise<void> {
  const { items } = await table.query({ pk: lockKey('').pk, limit: 100 })
  await Promise.all(items.map((item) => table.change(item, { set: { held_until: 0 } })))
}
