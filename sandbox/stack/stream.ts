/** Reads a DynamoDB stream record by record, from wherever a cursor says. */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord } from 'aws-lambda'
import { type ClientOptions, placeOf } from '#lib/store/client'
import { toLambdaRecord } from '#lib/store/events/lambda-record'

/** The last record that is done with. A new table has a new stream, in which an old cursor means nothing. */
export interface Cursor {
  readonly stream: string
  readonly shard: string
  readonly sequence: string
}

export interface Entry {
  readonly record: DynamoDBRecord
  /** Where to go on once this record is done with. */
  readonly cursor: Cursor
}

export interface Follower {
  /** The next records in order, none when there are none yet. */
  read(): Promise<readonly Entry[]>
}

/** As many as Lambda's poller hands over at once. */
const BATCH = 100

export function createStreamsClient(options: ClientOptions): DynamoDBStreamsClient {
  return new DynamoDBStreamsClient(placeOf(options))
}

/** Follows the stream `arn` from behind `start`; from its oldest record when there is no such place in it any more. */
export function createFollower(client: DynamoDBStreamsClient, arn: string, start: Cursor | undefined): Follower {
  let place: Partial<Cursor> = start?.stream === arn ? start : {}
  let iterator: string | undefined

  async function open(): Promise<string | undefined> {
    const shards = await listShards(client, arn)
    const known = shards.some(({ ShardId }) => ShardId === place.shard)
    if (!known) place = shards[0]?.ShardId === undefined ? {} : { shard: shards[0].ShardId }
    if (place.shard === undefined) return undefined
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: arn,
        ShardId: place.shard,
        ...(place.sequence === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: place.sequence }),
      }),
    )
    return ShardIterator
  }

  async function enterNextShard(): Promise<void> {
    const shards = await listShards(client, arn)
    const next = shards[shards.findIndex(({ ShardId }) => ShardId === place.shard) + 1]?.ShardId
    if (next !== undefined) place = { shard: next }
  }

  async function readOn(): Promise<readonly Entry[]> {
    iterator ??= await open()
    const { shard } = place
    if (iterator === undefined || shard === undefined) return []
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: BATCH }),
    )
    const entries = Records.map((record) => {
      const sequence = record.dynamodb?.SequenceNumber ?? ''
      return { record: toLambdaRecord(record, arn), cursor: { stream: arn, shard, sequence } }
    })
    place = entries.at(-1)?.cursor ?? place
    iterator = NextShardIterator
    // A shard without a next iterator is closed and read to its end.
    if (NextShardIterator === undefined) await enterNextShard()
    return entries
  }

  return {
    async read() {
      try {
        return await readOn()
      } catch (error) {
        iterator = undefined
        if (error instanceof ExpiredIteratorException) return []
        const isLost = error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException
        if (!isLost) throw error
        place = {}
        return []
      }
    },
  }
}

async function listShards(client: DynamoDBStreamsClient, arn: string): Promise<readonly Shard[]> {
  const shards: Shard[] = []
  let last: string | undefined
  do {
    const page = await client.send(
      new DescribeStreamCommand({ StreamArn: arn, ...(last !== undefined && { ExclusiveStartShardId: last }) }),
    )
    shards.push(...(page.StreamDescription?.Shards ?? []))
    last = page.StreamDescription?.LastEvaluatedShardId
  } while (last !== undefined)
  return shards
}
