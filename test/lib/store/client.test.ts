import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { createClient, meter } from '#lib/store/client'
import { absent } from '#lib/store/conditions'
import { createTable } from '#lib/store/table'
import { aTable } from '#test/helpers/dynamodb'

/** A table whose store gives these answers one after the other, the last one for ever; `asked` is what it was sent. */
function aTableThatHears(...answers: readonly (Error | object)[]) {
  const client = new DynamoDBClient({ region: 'eu-central-1' })
  const asked: unknown[] = []
  client.middlewareStack.add(
    () => async (args) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)]
      asked.push(args.input)
      if (answer instanceof Error) throw answer
      return { response: {}, output: { $metadata: {}, ...answer } as never }
    },
    { step: 'initialize', priority: 'low' },
  )
  return { table: createTable({ client, name: 'jobs' }), asked }
}

const failing = (name: string, more: object = {}) => Object.assign(new Error('no'), { name, ...more })
const KEY = { pk: 'a', sk: '1' }
const OTHER = { pk: 'a', sk: '2' }

describe('a store that is busy or out of reach', () => {
  it.each([
    ['throttles', new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} })],
    ['throttles by another name', failing('ThrottlingException')],
    ['fails inside', failing('Whatever', { $metadata: { httpStatusCode: 500 } })],
    ['does not answer in time', failing('TimeoutError')],
    ['is not there', failing('Error', { code: 'ECONNREFUSED' })],
  ])('and %s is unavailable for the caller, who is told when to come again', async (_name, error) => {
    const { table } = aTableThatHears(error)

    for (const call of [table.get(KEY), table.put(KEY, absent), table.query({ pk: 'a', limit: 1 })]) {
      await expect(call).rejects.toMatchObject({ code: 'unavailable', retryAfter: 2, cause: error })
    }
  })

  it('leaves an error that is ours as it is', async () => {
    const { table } = aTableThatHears(failing('ValidationException', { $metadata: { httpStatusCode: 400 } }))

    await expect(table.get(KEY)).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

describe('a read of many keys', () => {
  it('asks again for what came back unprocessed', async () => {
    const { table, asked } = aTableThatHears(
      { Responses: { jobs: [KEY] }, UnprocessedKeys: { jobs: { Keys: [OTHER] } } },
      { Responses: { jobs: [OTHER] } },
    )

    expect(await table.getMany([KEY, OTHER])).toEqual([KEY, OTHER])
    expect(asked[1]).toMatchObject({ RequestItems: { jobs: { Keys: [OTHER] } } })
  })

  it('is unavailable rather than incomplete when they stay unprocessed', async () => {
    const { table } = aTableThatHears({ UnprocessedKeys: { jobs: { Keys: [KEY] } } })

    await expect(table.getMany([KEY])).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a refused write', () => {
  it('shows what stood in the way, or that nothing did', async () => {
    const refused = { message: 'no', $metadata: {} }
    const { table } = aTableThatHears(
      new ConditionalCheckFailedException({ ...refused, Item: { pk: { S: 'a' }, sk: { S: '1' } } }),
      new ConditionalCheckFailedException(refused),
    )

    expect(await table.put(KEY, absent)).toEqual({ kind: 'refused', current: KEY })
    expect(await table.put(KEY, absent)).toEqual({ kind: 'refused', current: undefined })
  })
})

describe('the client', () => {
  it('tries a failing call again before it gives up, and gives up within its deadlines', async () => {
    const client = createClient({ endpoint: 'http://127.0.0.1:9', region: 'eu-central-1' })

    expect(await client.config.maxAttempts()).toBe(4)
    await expect(createTable({ client, name: 'jobs' }).get(KEY)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('finds the credentials of its role where no endpoint is given', () => {
    expect(createClient({ region: 'eu-central-1' }).config.endpoint).toBeUndefined()
  })
})

describe('the meter', () => {
  it('counts units, calls and refused writes since it was set back', async () => {
    const { table, client } = await aTable()
    const units = meter(client)
    await table.put({ ...KEY, text: 'x'.repeat(1_500) })
    await table.put(KEY, absent)
    await table.get(KEY, { consistent: true })
    await table.query({ pk: 'a', limit: 5 })

    expect(units.totals()).toEqual({ writes: 3, reads: 1.5, calls: 4, refused: 1 })
    units.reset()
    await table.getMany([KEY])
    expect(units.totals()).toEqual({ writes: 0, reads: 0.5, calls: 1, refused: 0 })
  })
})
