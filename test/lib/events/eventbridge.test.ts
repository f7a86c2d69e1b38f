import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createEventBus } from '#lib/events/bus'
import { eventOf, type JobChange } from '#lib/events/change'
import type { EventSink } from '#lib/events/envelope'
import { eventsSchema } from '#lib/events/json-schema'
import { createEventBridgeSink, type EventBus, publish } from '#lib/events/sinks/eventbridge'
import { envelope, type WorkEvent } from '#lib/events/types'
import { leased, opened, renewed } from '#lib/queue/decide'
import { START } from '#test/helpers/clock'
import { anEventBus, type Verdict } from '#test/helpers/event-bus'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

const ON = { now: START, correlation_id: 'c-1' }
const queued = (number: number) => opened(aKey(number), someFacts(number), { kind: 'inline', text: '' }, ON)
const change: JobChange = { before: undefined, after: queued(7) }
const inHand = leased(queued(7), 'w1', POLICY, ON)

async function aBus(verdicts: readonly Verdict[] = []) {
  const server = await anEventBus(verdicts)
  const bus = createEventBus({ name: 'team-bus', region: 'eu-central-1', endpoint: server.endpoint })
  const pauses: number[] = []
  const ports = { bus, chance: () => 0.5, sleep: async (ms: number) => void pauses.push(ms) }
  return { ...server, ports, pauses, sink: telling(createEventBridgeSink(ports)) }
}

const eventsOf = (numbers: readonly number[]): WorkEvent[] =>
  numbers.map((number) => eventOf({ before: undefined, after: queued(number) })).filter((event) => event !== undefined)

const idsOf = (calls: readonly (readonly { Detail: string }[])[]) =>
  calls.map((entries) => entries.map(({ Detail }) => envelope.parse(JSON.parse(Detail)).issue_number))

/** Hands the event of a change to the sink, as the relay does; no event, no delivery. */
function telling(sink: EventSink) {
  return {
    async deliver(change: JobChange): Promise<void> {
      const event = eventOf(change)
      if (event !== undefined) await sink.deliver(event)
    },
  }
}

describe('the EventBridge sink', () => {
  it('sends the envelope of a change to the named bus', async () => {
    const { sink, calls, targets } = await aBus()
    await sink.deliver(change)

    expect(targets).toEqual(['AWSEvents.PutEvents'])
    expect(calls).toMatchObject([[{ EventBusName: 'team-bus', Source: 'coxswain', DetailType: 'WORK_QUEUED' }]])
    expect(JSON.parse(calls[0]?.[0]?.Detail ?? '')).toEqual(eventOf(change))
  })

  it('is silent about a change that is no news', async () => {
    const { sink, calls } = await aBus()
    await sink.deliver({ before: inHand, after: renewed(inHand, POLICY, inHand.usage, ON) })

    expect(calls).toEqual([])
  })

  it('sends what was refused again under the same id, after a pause that grows', async () => {
    const { sink, calls, pauses } = await aBus([['ThrottlingException'], ['InternalFailure'], [null]])
    await sink.deliver(change)

    expect(new Set(calls.map(([entry]) => entry?.Detail)).size).toBe(1)
    expect(calls).toHaveLength(3)
    expect(pauses).toEqual([50, 100])
  })

  it('sends only the refused ones again, in their order', async () => {
    const { ports, calls } = await aBus([
      [null, 'InternalFailure', null, 'InternalFailure'],
      ['InternalFailure', null],
    ])
    await publish(eventsOf([1, 2, 3, 4]), ports)

    expect(idsOf(calls)).toEqual([[1, 2, 3, 4], [2, 4], [2]])
  })

  it('sends at most ten at once', async () => {
    const { ports, calls } = await aBus()
    await publish(eventsOf(Array.from({ length: 23 }, (_, at) => at + 1)), ports)

    expect(calls.map((entries) => entries.length)).toEqual([10, 10, 3])
  })

  it('fails after four tries, so that the stream brings the change again', async () => {
    const { sink, calls, pauses } = await aBus(Array(4).fill(['ThrottlingException']))

    await expect(sink.deliver(change)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { codes: ['ThrottlingException'] },
    })
    expect([calls.length, pauses.length]).toEqual([4, 3])
  })

  it('takes an answer without a word about an entry for a refusal', async () => {
    let tries = 0
    const mute: EventBus = {
      async putEvents(entries) {
        tries += 1
        return { failed: tries === 1 ? entries.map((_, index) => ({ index, code: 'NoAnswer' })) : [] }
      },
    }
    await publish(eventsOf([1]), { bus: mute, chance: () => 0, sleep: async () => undefined })

    expect(tries).toBe(2)
  })

  it('fails when the bus as a whole does, once the SDK has tried', async () => {
    const { sink, calls } = await aBus(['fail', 'fail', 'fail'])

    await expect(sink.deliver(change)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(calls).toHaveLength(3)
  })
})

describe('docs/events.schema.json', () => {
  it('is what scripts/event-schemas.ts writes now', () => {
    const committed = readFileSync(new URL('../../../docs/events.schema.json', import.meta.url), 'utf8')

    expect(committed).toBe(eventsSchema())
  })
})
