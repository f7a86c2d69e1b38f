/** A poison record from end to end: the table's stream, the pump, a reader, the dead letters, health, and the redrive. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordLetters } from '#cli/store/dead-letters'
import { AppError } from '#lib/errors'
import { createCollect } from '#lib/events/collect'
import { judgeLetters } from '#lib/events/health'
import { createBatchStream } from '#lib/http/create-batch-stream'
import { createStream, type StreamHandler, type StreamOptions } from '#lib/http/create-stream'
import { unhandledLetter } from '#lib/store/events/records'
import { createRangeReader } from '#lib/store/events/stream-range'
import { createOnFailure } from '#sandbox/stack/dead-letters'
import { startPump } from '#sandbox/stack/pump'
import { createFollower, createStreamsClient } from '#sandbox/stack/stream'
import { somePorts } from '#test/helpers/stream'

const REGION = 'eu-central-1'
const source = {
  batchSize: 100,
  bisectBatchOnFunctionError: true,
  maximumRetryAttempts: 2,
  maximumRecordAgeInSeconds: 43_200,
  filterPatterns: [],
}

const nameOf = ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.['sk']?.S ?? ''
const isThing = ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.['pk']?.S === 'THINGS'

/** A reader called `things` on a real table behind the pump. `meets` says what handling a thing throws; it may change. */
async function aWorld(options: StreamOptions & { readonly kind?: 'one by one' | 'batch' } = {}) {
  const world = await somePorts()
  const state = { meets: (_name: string): Error | undefined => undefined, kills: (_name: string): boolean => false }
  const handled: string[] = []
  const oneByOne = createStream(world.ports)(
    'things',
    async (record) => {
      if (!isThing(record)) return
      const error = state.meets(nameOf(record))
      if (error !== undefined) throw error
      handled.push(nameOf(record))
    },
    options,
  )
  const inBatches = createBatchStream(world.ports)('things', {
    read(record: DynamoDBRecord) {
      const error = isThing(record) ? state.meets(nameOf(record)) : undefined
      if (error?.message === 'unreadable') throw error
      return record
    },
    async commit(batch) {
      const error = batch.filter(isThing).flatMap((record) => state.meets(nameOf(record)) ?? [])[0]
      if (error !== undefined) throw error
      handled.push(...batch.filter(isThing).map(nameOf))
    },
  })
  const reader: StreamHandler = options.kind === 'batch' ? inBatches : oneByOne
  const collect = createCollect({
    letters: world.letters,
    read: createRangeReader({ endpoint: world.endpoint, region: REGION }),
    letterOf: (name, record, error) => unhandledLetter(name, record, { error, at: world.clock.now() }),
    clock: world.clock,
  })
  const lambda = {
    async invoke(name: string, event: unknown) {
      if (name === 'eventsDeadLetters') {
        for (const { body } of (event as SQSEvent).Records) await collect(JSON.parse(body))
        return { batchItemFailures: [] }
      }
      const { Records } = event as DynamoDBStreamEvent
      if (Records.some((record) => isThing(record) && state.kills(nameOf(record)))) {
        throw new AppError('unavailable', 'things failed: signal: killed', { details: { function: name } })
      }
      return reader({ Records })
    },
  }
  const { Table } = await world.client.send(new DescribeTableCommand({ TableName: world.name }))
  const streams = createStreamsClient({ endpoint: world.endpoint, region: REGION })
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve))
  const pump = startPump(new Map([['things', source]]), {
    lambda,
    cursors: { read: () => undefined, save: () => undefined },
    follow: (start) => createFollower(streams, Table?.LatestStreamArn ?? '', start),
    tell: () => undefined,
    onFailure: createOnFailure({ lambda }),
    sleep,
  })
  onTestFinished(pump.stop)

  async function until(what: () => Promise<boolean> | boolean): Promise<void> {
    for (let look = 0; !(await what()); look++) {
      if (look > 5_000) throw new Error(`not reached; handled ${handled.join()}`)
      await sleep()
    }
  }
  const health = async () => {
    const page = await world.letters.list({ limit: 50 })
    return judgeLetters(page.letters, [], page.cursor !== undefined)
  }
  return {
    ...world,
    state,
    handled,
    until,
    health,
    redriveAll: async () => {
      const kind = recordLetters(world.letters, world.clock)
      for (const { id } of (await kind.list(100)).rows) await kind.redrive(id)
    },
    change: async (...names: readonly string[]) => {
      for (const sk of names) await world.table.put({ pk: 'THINGS', sk, kind: 'thing', at: handled.length })
    },
  }
}

const unreadable = (name: string) => (one: string) => (one === name ? new TypeError('unreadable') : undefined)

describe('a poison record, from end to end', () => {
  it.each(['one by one', 'batch'] as const)(
    'lets its neighbours through, shows in health, and is handled once after the fix (reader: %s)',
    async (kind) => {
      const { state, handled, until, health, redriveAll, change } = await aWorld({ kind })
      state.meets = unreadable('poison')

      await change('a', 'poison', 'b', 'c')
      await until(() => handled.length >= 3)
      expect(handled).toEqual(['a', 'b', 'c'])
      expect(await health()).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/^1 set aside \(things 1\).*npx coxswain redrive list/),
      })

      // Redriven too early it fails again and stays.
      await redriveAll()
      await change('d')
      await until(() => handled.includes('d'))
      expect(await health()).toMatchObject({ ok: false })

      state.meets = () => undefined
      await redriveAll()
      await redriveAll()
      await until(async () => (await health()).ok)
      await change('e')
      await until(() => handled.includes('e'))
      expect(handled).toEqual(['a', 'b', 'c', 'd', 'poison', 'e'])
    },
  )

  it('that kills its function is found among its batch, kept whole, and handled after the fix', async () => {
    const { state, handled, until, health, letters, redriveAll, change } = await aWorld()
    state.kills = (name) => name === 'poison'

    await change('a', 'b', 'poison', 'c', 'd')
    await until(() => handled.length >= 4)
    expect(handled).toEqual(['a', 'b', 'c', 'd'])
    const [letter] = (await letters.list({ limit: 5 })).letters
    expect(letter).toMatchObject({
      reader: 'things',
      entity: 'THINGS#poison',
      error: expect.stringContaining('Unhandled'),
    })
    expect(await letters.content(letter!)).toMatchObject({ dynamodb: { NewImage: { kind: { S: 'thing' } } } })

    state.kills = () => false
    await redriveAll()
    await until(async () => (await health()).ok)
    expect(handled).toEqual(['a', 'b', 'c', 'd', 'poison'])
  })

  it('holds back later changes of its entity at a reader that keeps the order, and they follow it in their order', async () => {
    const { state, handled, until, letters, health, redriveAll, change } = await aWorld({ inOrder: true })
    let isBroken = true
    state.meets = (name) => (isBroken && name === 'poison' ? new TypeError('unreadable') : undefined)

    await change('poison', 'a', 'poison', 'b', 'poison')
    await until(() => handled.includes('b'))
    await until(async () => (await letters.list({ limit: 9 })).letters.length === 3)
    expect(handled).toEqual(['a', 'b'])

    isBroken = false
    await redriveAll()
    await until(async () => (await health()).ok)
    expect(handled).toEqual(['a', 'b', 'poison', 'poison', 'poison'])
  })

  it('in the commit of a batch is found by halving it', async () => {
    const { state, handled, until, letters, change } = await aWorld({ kind: 'batch' })
    state.meets = (name) => (name === 'poison' ? new TypeError('not to be stored') : undefined)

    await change('a', 'b', 'poison', 'c')
    await until(() => handled.length >= 3)

    expect(handled).toEqual(['a', 'b', 'c'])
    expect((await letters.list({ limit: 5 })).letters).toMatchObject([{ entity: 'THINGS#poison' }])
  })
})

describe('what Lambda gave up on', () => {
  it('is kept as lost when the stream has forgotten it', async () => {
    const { letters, clock } = await somePorts()
    const collect = createCollect({ letters, read: async () => undefined, letterOf: () => undefined, clock })
    const requestContext = {
      requestId: 'r-1',
      functionArn: 'arn:aws:lambda:eu-central-1:1:function:coxswain-prod-eventsRelay',
      condition: 'RecordAgeExceeded',
    }
    const DDBStreamBatchInfo = { shardId: 's', startSequenceNumber: '1', endSequenceNumber: '2', streamArn: 'arn' }

    expect(await collect({ requestContext, DDBStreamBatchInfo })).toBe(1)

    const [row] = (await recordLetters(letters, clock).list(5)).rows
    expect(row).toMatchObject({ id: 'lost:coxswain-prod-eventsRelay-1', error: expect.stringContaining('No longer') })
    expect(await recordLetters(letters, clock).redrive(row!.id)).toContain('Drop it')
  })

  it('is kept with its request when it was a scheduled run', async () => {
    const { letters, clock } = await somePorts()
    const collect = createCollect({ letters, read: async () => undefined, letterOf: () => undefined, clock })
    const message = {
      requestContext: {
        requestId: 'r-2',
        functionArn: 'arn:aws:lambda:eu-central-1:1:function:coxswain-prod-projectsLearn',
        condition: 'RetriesExhausted',
      },
      requestPayload: { id: 'event-1' },
      responseContext: { statusCode: 200, functionError: 'Unhandled' },
    }

    await collect(message)
    await collect(message)

    const found = (await letters.list({ reader: 'schedules', limit: 5 })).letters
    expect(found).toMatchObject([{ entity: 'coxswain-prod-projectsLearn', error: 'RetriesExhausted: Unhandled' }])
    expect(await letters.content(found[0]!)).toEqual(message)
  })
})
