/**
 * Processes that die at every point where they can: before and after each call of the store. Afterwards a caller who got
 * no answer repeats himself where callers do, leases run out, and fresh workers take what there is.
 *
 * | what dies            | what must happen                                                                |
 * |----------------------|---------------------------------------------------------------------------------|
 * | a claim              | the job is leased by the same worker at once, or by another after the lease     |
 * | a report             | said again it counts once; never said again, the job comes back                 |
 * | a reaper             | the next one goes on; each lost worker counts once                              |
 * | a redrive            | said again it makes one new generation                                          |
 * | a refresh            | the job stays leasable, whatever its ticket says                                |
 * | a withdrawal         | said again the job is off the queue for good                                    |
 */
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import type { Queue } from '#lib/queue/queue'
import { aKey, aReport, someFacts } from '#test/helpers/queue'
import { aCrew, ask, type Crew, expectAllDone, expectSound } from './support/crew.ts'
import { Death, dying } from './support/stores.ts'

interface Scenario {
  readonly name: string
  /** Brings the queue to where the act begins, and returns the act. */
  readonly begin: (crew: Crew) => Promise<(queue: Queue) => Promise<unknown>>
  /** What the caller does next, having had no answer; by default nothing. */
  readonly goOn?: (crew: Crew, act: (queue: Queue) => Promise<unknown>) => Promise<unknown>
  /** Issues that fresh workers complete afterwards; undefined when that depends on where it died. */
  readonly drained?: readonly number[]
  readonly issues: readonly number[]
}

const again: Scenario['goOn'] = (crew, act) => act(crew.process())
const reporting = (kind: 'completed' | 'failed' | 'released' | 'rate_limited' | 'infrastructure') => {
  return async (crew: Crew) => {
    await crew.has(1)
    const { token } = await crew.lease('w1')
    return (queue: Queue) => queue.report(aReport({ worker: 'w1', number: 1, kind, token, error: 'no' }))
  }
}

const scenarios: readonly Scenario[] = [
  {
    name: 'adding an issue',
    begin: async () => (queue) => queue.add(aKey(1), someFacts(1), 'long '.repeat(100), 't'),
    goOn: again,
    drained: [1],
    issues: [1],
  },
  {
    name: 'a claim whose worker is gone',
    begin: async (crew) => {
      await crew.has(1, 2)
      return (queue) => ask(queue, 'w1')
    },
    drained: [1, 2],
    issues: [1, 2],
  },
  {
    name: 'a claim whose worker asks again',
    begin: async (crew) => {
      await crew.has(1, 2)
      return (queue) => ask(queue, 'w1')
    },
    goOn: async (crew) => {
      expect(await ask(crew.process(), 'w1')).toMatchObject({ kind: 'work', job: { key: { number: 1 }, token: 1 } })
      expect(await crew.store.worker('w1')).toMatchObject({ total_tasks: 1, pointer: { token: 1 } })
    },
    drained: [1, 2],
    issues: [1, 2],
  },
  {
    name: 'a claim of a worker whose last lease ran out',
    begin: async (crew) => {
      await crew.has(1, 2)
      await crew.lease('w1')
      crew.clock.advance(minutes(10))
      return (queue) => ask(queue, 'w1')
    },
    drained: [1, 2],
    issues: [1, 2],
  },
  { name: 'a completion', begin: reporting('completed'), goOn: again, drained: [], issues: [1] },
  { name: 'a failure', begin: reporting('failed'), drained: [1], issues: [1] },
  {
    name: 'a failure whose worker goes on',
    begin: reporting('failed'),
    goOn: async (crew) => {
      expect(await ask(crew.process(), 'w1')).toMatchObject({ kind: 'work', job: { key: { number: 1 } } })
    },
    drained: [1],
    issues: [1],
  },
  { name: 'a failure said again', begin: reporting('failed'), goOn: again, drained: [1], issues: [1] },
  { name: 'a release', begin: reporting('released'), drained: [1], issues: [1] },
  { name: 'a postponement by a rate limit', begin: reporting('rate_limited'), drained: [1], issues: [1] },
  { name: 'a postponement by infrastructure', begin: reporting('infrastructure'), drained: [1], issues: [1] },
  {
    name: 'a heartbeat',
    begin: async (crew) => {
      await crew.has(1)
      const { token } = await crew.lease('w1')
      const usage = { input_tokens: 1, output_tokens: 1, cost_usd: 0.1, seconds: 1 }
      const beat = { worker: 'w1', number: 1, repository: undefined, token, usage, correlation_id: 't' }
      return (queue) => queue.heartbeat(beat)
    },
    drained: [1],
    issues: [1],
  },
  {
    name: 'a reaper',
    begin: async (crew) => {
      await crew.has(1, 2)
      await crew.lease('w1')
      await crew.lease('w2')
      crew.clock.advance(minutes(10))
      return (queue) => queue.reap({ now: crew.clock.now(), correlation_id: 'reap' })
    },
    goOn: async (crew) => {
      await crew.process().reap({ now: crew.clock.now(), correlation_id: 'reap' })
      for (const number of [1, 2]) {
        expect(await crew.store.record(aKey(number))).toMatchObject({
          state: { kind: 'pending' },
          counts: { workers_lost: 1 },
        })
      }
    },
    drained: [1, 2],
    issues: [1, 2],
  },
  {
    name: 'a redrive',
    begin: async (crew) => {
      const fail = await reporting('failed')(crew)
      await fail(crew.queue)
      const { token } = await crew.lease('w1')
      await crew.queue.report(aReport({ worker: 'w1', number: 1, kind: 'failed', token, error: 'no' }))
      return (queue) => queue.redrive(aKey(1), 't', { facts: someFacts(1, ['priority:high']), text: 'news' })
    },
    goOn: async (crew, act) => {
      await act(crew.process())
      expect(await crew.store.record(aKey(1))).toMatchObject({ generation: 2, counts: { failures: 0 } })
    },
    drained: [1],
    issues: [1],
  },
  {
    name: 'a refresh',
    begin: async (crew) => {
      await crew.has(1)
      const job = await crew.store.find(aKey(1))
      return (queue) => queue.refresh(job!, { ...someFacts(1), title: 'New' }, 'New '.repeat(100), 't')
    },
    drained: [1],
    issues: [1],
  },
  {
    name: 'a refresh that moves the ticket to another place in the line',
    begin: async (crew) => {
      await crew.has(1, 2)
      const job = await crew.store.find(aKey(2))
      return (queue) => queue.refresh(job!, someFacts(2, ['priority:critical']), 'Body of 2', 't')
    },
    drained: [1, 2],
    issues: [1, 2],
  },
  {
    name: 'a withdrawal of a waiting issue',
    begin: async (crew) => {
      await crew.has(1)
      return (queue) => queue.withdraw(aKey(1), 'closed', 't')
    },
    goOn: again,
    drained: [],
    issues: [1],
  },
  {
    name: 'a withdrawal of a leased issue',
    begin: async (crew) => {
      await crew.has(1)
      await crew.lease('w1')
      return (queue) => queue.withdraw(aKey(1), 'closed', 't')
    },
    goOn: again,
    drained: [],
    issues: [1],
  },
]

/** No act makes more calls than this; each run goes on until the act outlives its killer. */
const MOST_CALLS = 30

/** Each scenario is played once for each call it makes. */
const PATIENCE = { timeout: 120_000 }

describe.each(['before', 'after'] as const)('a process that dies just %s a call of the store', (when) => {
  it.each(scenarios)('loses nothing and does nothing twice: $name', PATIENCE, async (scenario) => {
    let k = 1
    for (; k <= MOST_CALLS; k++) {
      const crew = await aCrew()
      const act = await scenario.begin(crew)
      const mortal = dying(crew.store, k, when)
      const died = await act(crew.process(mortal.store)).then(
        () => false,
        (error: unknown) => error instanceof Death || Promise.reject(error),
      )

      await scenario.goOn?.(crew, act)
      const drained = await crew.drain()

      if (scenario.drained !== undefined) expect(drained, `died at call ${k}`).toEqual(scenario.drained)
      expectSound(crew.changes)
      await expectAllDone(crew, scenario.issues)
      if (!died && !mortal.hasDied()) break
    }
    expect(k).toBeLessThan(MOST_CALLS)
  })
})
