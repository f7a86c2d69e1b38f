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

  it('reports the first record it cannot read and leaves those behind it to the next time', async () => {
    const stream = await aStream(world)
    const { handler } = await import('#functions/events/relay')
    for (let issue = 0; issue < 3; issue++) await world.anIssue()
    const Records = [...(await stream())]
    const tickets = Records.filter(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === 'READY')
    const unreadable = { ...tickets[1]!, dynamodb: { ...tickets[1]!.dynamodb, NewImage: { kind: { S: 'job' } } } }
    const at = Records.indexOf(tickets[1]!)

    const { batchItemFailures } = await handler({ Records: Records.with(at, unreadable) })

    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      Records.slice(at).map(({ dynamodb }) => dynamodb?.SequenceNumber),
    )
  })
})
