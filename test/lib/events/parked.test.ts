import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { createParking, revive } from '#lib/events/parked'
import type { ParkingStore } from '#lib/events/parking'
import { pauseAfter } from '#lib/events/redeliver'
import { aTable } from '#test/helpers/dynamodb'
import { anEvent, aParking, aSink, down, refusal } from './sinks/helpers.ts'

interface Step {
  readonly kind: 'event' | 'run' | 'weather'
  readonly entity?: string
  readonly minutes?: number
  readonly isDown?: boolean
}

const ids = (id: string, ...seqs: readonly number[]) => seqs.map((seq) => `project:${id}:${seq}`)

describe('a sink that is down', () => {
  it('delays nobody: the others get the event, and it is parked', async () => {
    const [redis, chronicle] = [aSink('redis'), aSink('chronicle')]
    redis.meets = down
    const { parking, store } = await aParking([redis, chronicle])

    await parking.deliver(anEvent('P1', 1))

    expect(chronicle.got).toEqual(ids('P1', 1))
    expect((await store.lines('redis')).lines).toMatchObject([{ entity: { id: 'P1' }, since: Date.UTC(2026, 0, 5, 8) }])
    expect((await store.lines('chronicle')).lines).toEqual([])
  })

  it('shows how many entities wait and since when, and that nothing does once it is back', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, store, clock, run } = await aParking([sink])
    const since = clock.now()
    for (const id of ['P1', 'P2', 'P3', 'P4']) await parking.deliver(anEvent(id, 1))
    clock.advance(minutes(1))

    await run()
    expect(await store.rests()).toMatchObject([{ sink: 'redis', behind: { entities: 4, more: false, since } }])

    sink.meets = () => undefined
    clock.advance(minutes(6))
    await run()
    expect(await store.rests()).toMatchObject([{ sink: 'redis', failures: 0, behind: null }])
  })

  it('gets everything in order per entity once it is back', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    for (const seq of [1, 2]) await parking.deliver(anEvent('P1', seq))
    await parking.deliver(anEvent('P2', 1))
    sink.meets = () => undefined
    clock.advance(minutes(1))
    // Back already, but others wait before it.
    await parking.deliver(anEvent('P1', 3))

    expect(await run()).toEqual([{ sink: 'redis', state: 'drained', delivered: 4, dead: 0 }])

    expect(sink.got.filter((id) => id.includes('P1'))).toEqual(ids('P1', 1, 2, 3))
    expect(sink.got).toHaveLength(4)
    await parking.deliver(anEvent('P1', 4))
    expect(sink.got.at(-1)).toBe('project:P1:4')
    expect(await run()).toEqual([{ sink: 'redis', state: 'drained', delivered: 0, dead: 0 }])
  })

  it('is not tried for each event', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock } = await aParking([sink])

    for (const id of ['P1', 'P2', 'P3']) await parking.deliver(anEvent(id, 1))
    expect(sink.tried).toEqual(ids('P1', 1))
    clock.advance(seconds(10))
    await parking.deliver(anEvent('P4', 1))

    expect(sink.tried).toEqual([...ids('P1', 1), ...ids('P4', 1)])
  })

  it('is left alone longer and longer, though never for more than minutes', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    for (let at = 0; at < 6; at += 1) await parking.deliver(anEvent(`P${at}`, 1))
    clock.advance(seconds(5))

    const states = []
    const tries = []
    for (let elapsed = 0; elapsed < 12; elapsed += 1) {
      const before = sink.tried.length
      states.push((await run())[0]?.state)
      tries.push(sink.tried.length - before)
      clock.advance(minutes(1))
    }

    expect(new Set(states)).toEqual(new Set(['resting']))
    expect(tries[0]).toBe(3)
    expect(tries.filter((count) => count === 0).length).toBeGreaterThanOrEqual(5)
    sink.meets = () => undefined
    clock.advance(minutes(5))
    expect(await run()).toMatchObject([{ state: 'drained', delivered: 6 }])
  })

  it('comes back to a line that goes on where it stopped', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    for (const seq of [1, 2, 3]) await parking.deliver(anEvent('P1', seq))
    clock.advance(minutes(1))
    sink.meets = (event) => (event.seq === 2 ? down() : undefined)

    expect(await run()).toMatchObject([{ state: 'waiting', delivered: 1 }])
    sink.meets = () => undefined
    clock.advance(minutes(1))
    await run()

    expect(sink.got).toEqual(ids('P1', 1, 2, 3))
  })
})

describe('an event that a sink refuses', () => {
  it('is set aside after five refusals, so that its entity goes on, and can be revived', async () => {
    const sink = aSink()
    sink.meets = (event) => (event.seq === 1 ? refusal() : undefined)
    const { parking, store, clock, run } = await aParking([sink])
    for (const seq of [1, 2]) await parking.deliver(anEvent('P1', seq))

    for (let at = 0; at < 4; at += 1) {
      expect(sink.got).toEqual([])
      clock.advance(minutes(6))
      await run()
    }

    expect(sink.got).toEqual(ids('P1', 2))
    expect(sink.tried.filter((id) => id === 'project:P1:1')).toHaveLength(5)
    const dead = await store.dead('redis', 10)
    expect(dead).toMatchObject([{ event: anEvent('P1', 1), error: expect.any(String) }])
    sink.meets = () => undefined
    for (const { event } of dead) await revive(store, 'redis', event, clock.now())
    await run()
    expect(sink.got).toEqual(ids('P1', 2, 1))
    expect(await store.dead('redis', 10)).toEqual([])
  })

  it('does not hold up other entities', async () => {
    const sink = aSink()
    sink.meets = (event) => (event.entity.id === 'P1' ? refusal() : undefined)
    const { parking } = await aParking([sink])

    for (const id of ['P1', 'P2']) await parking.deliver(anEvent(id, 1))

    expect(sink.got).toEqual(ids('P2', 1))
  })

  it('is never set aside for outages alone', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    await parking.deliver(anEvent('P1', 1))

    for (let at = 0; at < 20; at += 1) {
      clock.advance(minutes(6))
      expect(await run()).toMatchObject([{ dead: 0 }])
    }
    sink.meets = refusal
    clock.advance(minutes(6))

    expect(await run()).toMatchObject([{ state: 'waiting', dead: 0 }])
  })
})

describe('parking', () => {
  it('keeps an event once, however often the stream brings it', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    for (const _ of [1, 2, 3]) await parking.deliver(anEvent('P1', 1, { payload: { deep: ['kept'] } }))
    sink.meets = () => undefined
    clock.advance(minutes(1))

    await run()

    expect(sink.got).toEqual(ids('P1', 1))
  })

  it('survives the process, payload and all', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, store, another } = await aParking([sink])
    const event = anEvent('P1', 1, { payload: { deep: ['kept'], nothing: null } })
    await parking.deliver(event)
    const line = await store.line('redis', event.entity)
    expect(await store.first(line!, 5)).toEqual([event])
    sink.meets = () => undefined
    clock.advance(minutes(1))

    await another().redeliver(clock.now() + 1000)

    expect(sink.got).toEqual(ids('P1', 1))
  })

  it('runs once at a time per sink', async () => {
    const sink = aSink()
    const { store, clock, run } = await aParking([sink])
    const token = await store.lock('redis', clock.now(), clock.now() + 1000)

    expect(await run()).toMatchObject([{ state: 'busy' }])
    await store.unlock('redis', token!)
    expect(await run()).toMatchObject([{ state: 'drained' }])
  })

  it('stops when its time is up and goes on in the next run', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    for (const id of ['P1', 'P2', 'P3']) await parking.deliver(anEvent(id, 1))
    clock.advance(minutes(1))
    sink.meets = () => {
      clock.advance(seconds(40))
      return undefined
    }

    expect(await run()).toMatchObject([{ state: 'waiting', delivered: 2 }])
    expect(await run()).toMatchObject([{ state: 'drained', delivered: 1 }])
  })

  it('does not close a line to which an event was added meanwhile', async () => {
    const sink = aSink()
    sink.meets = down
    const { parking, clock, run } = await aParking([sink])
    await parking.deliver(anEvent('P1', 1))
    clock.advance(minutes(1))
    let added: Promise<void> | undefined
    sink.meets = (event) => {
      if (event.seq === 1) added = parking.deliver(anEvent('P1', 2))
      return undefined
    }

    await run()
    await added
    clock.advance(minutes(1))
    await run()

    expect(sink.got).toEqual(ids('P1', 1, 2))
  })

  it('fails when it cannot park, so that the stream brings the event again', async () => {
    const sink = aSink()
    sink.meets = down
    const { table } = await aTable()
    const { store, clock } = await aParking([sink], table)
    const broken: ParkingStore = { ...store, append: () => Promise.reject(new Error('no table')) }
    const parking = createParking({ sinks: [sink], store: broken, clock, chance: () => 1 })

    await expect(parking.deliver(anEvent('P1', 1))).rejects.toThrow('could not park')
  })

  it('delivers every event at least once and each entity in order, whatever fails when', async () => {
    const { table } = await aTable()
    let trial = 0
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('event' as const), entity: fc.constantFrom('A', 'B', 'C') }),
      fc.record({ kind: fc.constant('run' as const), minutes: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ kind: fc.constant('weather' as const), isDown: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const sink = aSink(`sink${++trial}`)
        const { parking, clock, run } = await aParking([sink], table)
        const seqs: Record<string, number> = {}
        const play = {
          weather: ({ isDown = false }: Step) => {
            sink.meets = isDown ? down : () => undefined
          },
          run: async (one: Step) => {
            clock.advance(minutes(one.minutes ?? 0))
            await run()
          },
          event: ({ entity = '' }: Step) => {
            const seq = (seqs[entity] ?? 0) + 1
            seqs[entity] = seq
            return parking.deliver(anEvent(entity, seq))
          },
        }
        for (const one of steps) await play[one.kind](one)
        sink.meets = () => undefined
        clock.advance(minutes(10))
        await run()
        for (const [entity, last] of Object.entries(seqs)) {
          const wanted = Array.from({ length: last }, (_, at) => at + 1)
          expect(sink.got.filter((id) => id.includes(`:${entity}:`))).toEqual(ids(entity, ...wanted))
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('the pause after failures', () => {
  it('doubles from seconds to minutes, of which chance takes at most half', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const pause = pauseAfter(failures, () => chance)
        const whole = Math.min(seconds(5) * 2 ** Math.max(0, failures - 1), minutes(5))
        return pause >= whole / 2 - 1 && pause <= whole + 1
      }),
    )
  })
})
