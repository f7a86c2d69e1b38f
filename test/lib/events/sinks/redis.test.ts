import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createClient } from '@redis/client'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { minutes } from '#lib/clock'
import { createRedisStream, type RedisStreamOptions, seenKey } from '#lib/events/redis'
import { createRedisSink } from '#lib/events/sinks/redis'
import { aPort, aRedis, endRedis, hasRedis } from '#test/helpers/redis'
import { aDecision, anEvent, aParking } from './helpers.ts'

const STREAM = 'orchestration_events'

function aStream(options: RedisStreamOptions) {
  const stream = createRedisStream(options)
  onTestFinished(() => stream.close())
  return stream
}

describe.skipIf(!hasRedis)('the Redis sink, on a real redis-server', () => {
  let port = 0
  let redis: ChildProcess
  let url = ''
  let reader: ReturnType<typeof createClient>

  beforeAll(async () => {
    port = await aPort()
    redis = await aRedis(port)
    url = `redis://127.0.0.1:${port}`
    reader = createClient({ url })
    reader.on('error', () => undefined)
    await reader.connect()
  })
  afterAll(async () => {
    reader.destroy()
    await endRedis(redis)
  })
  beforeEach(() => reader.flushAll())

  it('hands each event to a consumer group, as JSON in one field', async () => {
    const sink = createRedisSink({ stream: aStream({ url, stream: STREAM }) })
    await reader.xGroupCreate(STREAM, 'readers', '$', { MKSTREAM: true })
    const events = [aDecision('P1', 1), aDecision('P1', 2, { reasoning: 'Ünïcode "quoted"\n\u0000 😀' })]

    for (const event of events) await sink.deliver(event)

    const read = (await reader.xReadGroup('readers', 'r1', { key: STREAM, id: '>' }, { COUNT: 10 })) as unknown as [
      { messages: { id: string; message: Record<string, string> }[] },
    ]
    const [{ messages }] = read
    expect(messages.map(({ message }) => Object.keys(message))).toEqual([['data'], ['data']])
    expect(messages.map(({ message }) => JSON.parse(message['data'] ?? ''))).toEqual(events)
    expect(
      await reader.xAck(
        STREAM,
        'readers',
        messages.map(({ id }) => id),
      ),
    ).toBe(2)
  })

  it('adds an event once, however often it comes', async () => {
    const stream = aStream({ url, stream: STREAM })

    expect(await stream.append('e1', '{}')).toBe(true)
    expect(await stream.append('e1', '{}')).toBe(false)
    expect(await aStream({ url, stream: STREAM }).append('e1', '{}')).toBe(false)

    expect(await reader.xLen(STREAM)).toBe(1)
    expect(await reader.ttl(seenKey(STREAM, 'e1'))).toBeGreaterThan(86_400)
  })

  it('keeps about as many entries as it is told', async () => {
    const stream = aStream({ url, stream: STREAM, maxLength: 20 })

    for (let at = 0; at < 100; at += 1) await stream.append(`e${at}`, '{}')

    const length = await reader.xLen(STREAM)
    expect(length).toBeGreaterThanOrEqual(20)
    expect(length).toBeLessThan(40)
  })

  it('remembers nothing of an event that Redis refused', async () => {
    const stream = aStream({ url, stream: STREAM })
    await reader.set(STREAM, 'not a stream')

    await expect(stream.append('e1', '{}')).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await reader.del(STREAM)

    expect(await stream.append('e1', '{}')).toBe(true)
  })

  it('appends side by side over one connection, made when it is first needed', async () => {
    const stream = aStream({ url, stream: STREAM })
    const count = async () => /connected_clients:(\d+)/.exec(await reader.info('clients'))?.[1]
    const before = Number(await count())

    await Promise.all(Array.from({ length: 20 }, (_, at) => stream.append(`e${at}`, '{}')))

    expect(await reader.xLen(STREAM)).toBe(20)
    expect(Number(await count())).toBe(before + 1)
  })

  it('takes only what it is for', async () => {
    const takes = (event: { event_type: string }) => event.event_type === 'ORCHESTRATION_DECISION'
    const sink = createRedisSink({ stream: aStream({ url, stream: STREAM }), takes })

    await sink.deliver(anEvent('P1', 1))

    expect(await reader.xLen(STREAM)).toBe(0)
  })

  it('gets what it missed while Redis was down, once each and in order', async () => {
    const ownPort = await aPort()
    const own = `redis://127.0.0.1:${ownPort}`
    const first = await aRedis(ownPort)
    onTestFinished(() => endRedis(first))
    const sink = createRedisSink({ stream: aStream({ url: own, stream: STREAM }) })
    const { parking, clock, run } = await aParking([sink])
    await parking.deliver(aDecision('P1', 1))
    await endRedis(first)
    for (const seq of [2, 3]) await parking.deliver(aDecision('P1', seq))
    clock.advance(minutes(1))
    expect(await run()).toMatchObject([{ delivered: 0 }])
    const second = await aRedis(ownPort)
    onTestFinished(() => endRedis(second))
    clock.advance(minutes(6))

    expect(await run()).toMatchObject([{ state: 'drained', delivered: 2 }])

    const client = createClient({ url: own })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    const entries = await client.xRange(STREAM, '-', '+')
    expect(entries?.map(({ message }) => JSON.parse(message['data'] ?? '').seq)).toEqual([2, 3])
  })
})

describe('a Redis that is not well', () => {
  it('that answers nothing is not waited for', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const stream = aStream({ url: `redis://:geheim@127.0.0.1:${port}`, stream: STREAM, timeoutMs: 50 })

    const error: Error = (await stream.append('e1', '{}').catch((thrown: Error) => thrown)) as Error

    expect(error).toMatchObject({ code: 'upstream_unavailable', details: { service: 'redis' } })
    expect(JSON.stringify([error, String(error.cause)])).not.toContain('geheim')
  })

  it('that nobody runs is unavailable, each time anew', async () => {
    const stream = aStream({ url: 'redis://127.0.0.1:1', stream: STREAM })

    for (const _ of [1, 2]) {
      await expect(stream.append('e1', '{}')).rejects.toMatchObject({ code: 'upstream_unavailable' })
    }
  })

  it('cannot be at an address of something else', () => {
    expect(() => createRedisStream({ url: 'http://redis', stream: STREAM })).toThrow('REDIS_URL')
  })
})

describe('the note of an event', () => {
  it('lies in the same slot of a cluster as its stream', () => {
    const tagOf = (key: string) => /\{([^}]+)\}/.exec(key)?.[1] ?? key
    fc.assert(
      fc.property(fc.constantFrom('events', 'a:b', '{x}:events', 'team{7}'), fc.string(), (stream, id) => {
        expect(tagOf(seenKey(stream, id))).toBe(tagOf(stream))
      }),
    )
  })
})
