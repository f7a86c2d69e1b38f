/** Records of the table's stream by their place: what a batch held that Lambda gave up on. */
import {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord } from 'aws-lambda'
import type { StreamRange } from '#lib/events/collect'
import { type ClientOptions, placeOf } from '../client.ts'
import { toLambdaRecord } from './lambda-record.ts'

/** A batch holds 100 records at most; between them may stand what a filter left out. */
const PAGE = 1_000
/** Empty answers come while a shard is searched; a range that is there is found within a few. */
const MOST_PAGES = 20

/** Reads a range of one shard, both ends included; undefined when the stream has forgotten it, 24 hours after. */
export function createRangeReader(options: ClientOptions) {
  const client = new DynamoDBStreamsClient(placeOf(options))

  return async function read(range: StreamRange): Promise<readonly DynamoDBRecord[] | undefined> {
    try {
      return await walk(range)
    } catch (error) {
      if (error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }

  async function walk(range: StreamRange): Promise<readonly DynamoDBRecord[]> {
    const last = BigInt(range.to)
    const found: DynamoDBRecord[] = []
    let iterator = await open(range)
    for (let page = 0; iterator !== undefined && page < MOST_PAGES; page++) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE }))
      const records = (answer.Records ?? []).map((record) => toLambdaRecord(record, range.stream))
      const within = records.filter((record) => sequenceOf(record) <= last)
      found.push(...within)
      // Sequence numbers only rise: the end is reached with the last of the range, or the first behind it.
      const newest = records.at(-1)
      if (newest !== undefined && sequenceOf(newest) >= last) return found
      iterator = answer.NextShardIterator
    }
    return found
  }

  async function open({ stream, shard, from }: StreamRange): Promise<string | undefined> {
    const request = { StreamArn: stream, ShardId: shard, SequenceNumber: from }
    const answer = await client.send(
      new GetShardIteratorCommand({ ...request, ShardIteratorType: 'AT_SEQUENCE_NUMBER' }),
    )
    return answer.ShardIterator
  }
}

const sequenceOf = ({ dynamodb }: DynamoDBRecord): bigint => BigInt(dynamodb?.SequenceNumber ?? '0')
