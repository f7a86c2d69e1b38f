import { DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { type Cursor, createFollower, createStreamsClient } from '#sandbox/stack/stream'
import { aTable } from '#test/helpers/dynamodb'

async function aStream() {
  const { client, name, endpoint } = await aTable()
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }))
  const arn = Table?.LatestStreamArn ?? ''
  const streams = createStreamsClient({ endpoint, region: 'eu-central-1' })
  return {
    arn,
    put: (sk: string, more = {}) =>
      client.send(new PutItemCommand({ TableName: name, Item: { pk: { S: 'p' }, sk: { S: sk }, ...more } })),
    follow: (start?: Cursor) => createFollower(streams, arn, start),
  }
}

const names = (entries: Awaited<ReturnType<ReturnType<typeof createFollower>['read']>>) =>
  entries.map(({ record }) => record.dynamodb?.Keys?.['sk']?.S)

describe('a follower of the stream', () => {
  it('reads from the oldest record and then what is new', async () => {
    const { put, follow } = await aStream()
    await put('a')
    await put('b')
    const follower = follow()

    expect(names(await follower.read())).toEqual(['a', 'b'])
    expect(await follower.read()).toEqual([])
    await put('c')
    expect(names(await follower.read())).toEqual(['c'])
  })

  it('goes on behind a cursor', async () => {
    const { put, follow } = await aStream()
    for (const name of ['a', 'b', 'c']) await put(name)
    const [, second] = await follow().read()

    expect(names(await follow(second?.cursor).read())).toEqual(['c'])
  })

  it('begins anew with a cursor of another stream or of a shard that is gone', async () => {
    const { arn, put, follow } = await aStream()
    await put('a')
    await put('b')
    const [first] = await follow().read()
    const cursor = first?.cursor ?? { stream: arn, shard: '', sequence: '' }

    expect(names(await follow({ ...cursor, stream: 'arn:old' }).read())).toEqual(['a', 'b'])
    expect(names(await follow({ ...cursor, shard: 'shardId-gone' }).read())).toEqual(['a', 'b'])
  })

  it('hands over at most a hundred records at once', async () => {
    const { put, follow } = await aStream()
    await Promise.all(Array.from({ length: 120 }, (_, at) => put(`item-${at}`)))
    const follower = follow()

    expect(await follower.read()).toHaveLength(100)
    expect(await follower.read()).toHaveLength(20)
  })

  it('gives records the shape that Lambda gives them', async () => {
    const { arn, put, follow } = await aStream()
    const bytes = { B: new Uint8Array([1, 2, 255]) }
    const inside = { L: [{ M: { deep: bytes } }] }
    await put('a', { n: { N: '12345678901234567890' }, bytes, set: { BS: [new Uint8Array([0])] }, inside })

    const [entry] = await follow().read()

    const overTheWire = JSON.parse(JSON.stringify(entry?.record))
    expect(overTheWire).toMatchObject({
      eventID: expect.any(String),
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventSourceARN: arn,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { pk: { S: 'p' }, sk: { S: 'a' } },
        NewImage: {
          n: { N: '12345678901234567890' },
          bytes: { B: 'AQL/' },
          set: { BS: ['AA=='] },
          inside: { L: [{ M: { deep: { B: 'AQL/' } } }] },
        },
        SequenceNumber: expect.any(String),
      },
    })
    expect(overTheWire.dynamodb).not.toHaveProperty('OldImage')
  })
})
