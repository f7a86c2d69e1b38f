/** The two consumers of the table's stream, as Lambda calls them, with a bus that takes events. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { minutes, systemClock } from '#lib/clock'
import { createOperations } from '#lib/queue/operations'
import { startEventBus } from '#test/helpers/event-bus'
import { startFunctions } from '#test/helpers/functions'
import { aStream } from '#test/helpers/journey'
import { aKey } from '#test/helpers/queue'

let world: Awaited<ReturnType<typeof startFunctions>>
let bus: Awaited<ReturnType<typeof startEventBus>>

beforeAll(async () => {
  // What is logged of the failures made here is of no interest.
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  bus = await startEventBus()
  world = await startFunctions({ EVENT_BUS_NAME: 'team-bus', EVENTBRIDGE_ENDPOINT: bus.endpoint })
})
afterAll(async () => {
  await bus.stop()
  await world.stop()
})

const idsOf = () => bus.calls.flat().map(({ Detail }) => JSON.parse(Detail).event_id)

describe('the relay function', () => {
  it('parks what the bus refuses, lets nothing overtake it, and delivers it later', async () => {
    const stream = await aStream(world)
    const { handler } = await import('#functions/events/relay')
    const { handler: redeliver } = await import('#functions/events/redeliver')
    const { handler: count } = await import('#functions/events/count')
    const numbers = [await world.anIssue(), await world.anIssue(), await world.anIssue()]
    const Records = [...(await stream())]
    bus.refuse(1, 4)

    expect(await handler({ Records })).toEqual({ batchItemFailures: [] })

    const [first, second, third] = numbers.map((number) => `issue:acme/shop#${number}:1`)
    expect(new Set(idsOf())).toEqual(new Set([first, second]))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes(1) })
    onTestFinished(() => void vi.useRealTimers())
    await redeliver({ time: new Date().toISOString() })
    expect(idsOf().toSorted()).toEqual([first, second, second, second, second, second, third].toSorted())

    await count({ Records })
    await count({ Records })
    expect((await world.asReader('GET /queue')).body.counts).toMatchObject({ pending: 3 })

    const operations = createOperations({ store: world.store, clock: systemClock })
    await operations.withdraw(aKey(numbers[0]!), 'closed', 't')
    await handler({ Records: [...(await stream())] })
    expect(bus.calls.at(-1)?.[0]).toMatchObject({ EventBusName: 'team-bus', DetailType: 'WORK_WITHDRAWN' })
  })

  it('sets a record aside that it cannot read, handles those behind it, and says so in health', async () => {
    // The bus is no longer spared after what it refused before.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes(5) })
    onTestFinished(() => void vi.useRealTimers())
    const stream = await aStream(world)
    const { handler } = await import('#functions/events/relay')
    const { handler: count } = await import('#functions/events/count')
    const numbers = [await world.anIssue(), await world.anIssue(), await world.anIssue()]
    const Records = [...(await stream())]
    const [first, poison, third] = numbers.map((number) => `issue:acme/shop#${number}:1`)
    const ticket = Records.find(({ dynamodb }) => dynamodb?.Keys?.['sk']?.S?.endsWith(String(numbers[1])))!
    const unreadable = { ...ticket, dynamodb: { ...ticket.dynamodb, NewImage: { kind: { S: 'job' } } } }
    const batch = Records.with(Records.indexOf(ticket), unreadable)

    expect(await handler({ Records: batch })).toEqual({ batchItemFailures: [] })
    expect(await count({ Records: batch })).toEqual({ batchItemFailures: [] })

    expect(idsOf()).toEqual(expect.arrayContaining([first, third]))
    expect(idsOf()).not.toContain(poison)
    const { body } = await world.call('GET /health', { told: null })
    expect(body).toMatchObject({
      checks: {
        dead_letters: { ok: false, detail: expect.stringMatching(/2 set aside \(events-count 1, events-relay 1\)/) },
      },
    })
  })
})
