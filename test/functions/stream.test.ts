/** The two consumers of the table's stream, as Lambda calls them, with a bus that takes events. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '#lib/clock'
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
  it('reports the first record that failed and leaves those behind it to the next time', async () => {
    const stream = await aStream(world)
    const { handler } = await import('#functions/events/relay')
    const { handler: count } = await import('#functions/events/count')
    const numbers = [await world.anIssue(), await world.anIssue(), await world.anIssue()]
    const Records = [...(await stream())]
    const tickets = Records.filter(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === 'READY')
    bus.refuse(1, 4)

    const { batchItemFailures } = await handler({ Records })

    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      Records.slice(Records.indexOf(tickets[1]!)).map(({ dynamodb }) => dynamodb?.SequenceNumber),
    )
    const left = Records.slice(-batchItemFailures.length)
    expect(await handler({ Records: left })).toEqual({ batchItemFailures: [] })
    const [first, second, third] = numbers.map((number) => `issue:acme/shop#${number}:1`)
    expect(idsOf()).toEqual([first, second, second, second, second, second, third])

    await count({ Records })
    await count({ Records })
    expect((await world.asReader('GET /queue')).body.counts).toMatchObject({ pending: 3 })

    const operations = createOperations({ store: world.store, clock: systemClock })
    await operations.withdraw(aKey(numbers[0]!), 'closed', 't')
    await handler({ Records: [...(await stream())] })
    expect(bus.calls.at(-1)?.[0]).toMatchObject({ EventBusName: 'team-bus', DetailType: 'WORK_WITHDRAWN' })
  })
})
