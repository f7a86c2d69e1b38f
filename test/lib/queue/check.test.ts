/** The check of the workers on a real table; what the hosts answer is told by the test. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { toldBy } from '#lib/events/told'
import { createCheck } from '#lib/queue/check'
import { createHealth } from '#lib/queue/health'
import { type Finding, type Host, type HostProbe, placeOf } from '#lib/queue/hosts'
import { createLists } from '#lib/queue/lists'
import { answerView } from '#lib/queue/views'
import { createWorkerLogs } from '#lib/queue/worker-logs'
import { meter } from '#lib/store/client'
import { createCounts } from '#lib/store/counts'
import { createPollStore } from '#lib/store/polls'
import { aStream } from '#test/helpers/journey'
import { aQueue, aReport, POLICY, REPOSITORY } from '#test/helpers/queue'

const ever = new AbortController().signal
const host = (worker: string | null, address = '10.0.0.11', port = 22): Host => ({ worker, address, port })

async function aFleet(hosts: readonly Host[], over: Partial<HostProbe> = {}) {
  const world = await aQueue()
  const { store, clock, table } = world
  const answers = new Map<string, Finding['kind']>()
  let inHand = 0
  let most = 0
  const probe: HostProbe = {
    unit: 'coxswain-worker',
    async check(one) {
      most = Math.max(most, ++inHand)
      await Promise.resolve()
      inHand -= 1
      const kind = answers.get(placeOf(one)) ?? 'active'
      return { kind, detail: `It was found ${kind}.` }
    },
    logs: async (_, lines) => Array.from({ length: lines }, (__, n) => `line ${n}`),
    ...over,
  }
  const repositories = async () => [REPOSITORY]
  const counts = createCounts(table).read
  const lists = createLists({ store, clock, policy: POLICY, repositories, counts })
  const polls = createPollStore(table)
  const health = createHealth({
    ...{ store, polls, counts, repositories, clock, pollIntervalMs: minutes(1), version: '1' },
    lastSweep: async () => undefined,
  })
  const look = createCheck({ store, clock, probe, hosts, intervalMs: seconds(30) })
  const stream = await aStream(world)
  return {
    ...world,
    health,
    most: () => most,
    /** The hosts at these places are found so, until told otherwise. */
    found(kind: Finding['kind'], ...places: string[]) {
      for (const place of places) answers.set(place, kind)
    },
    check: (signal: AbortSignal = ever) => look({ correlation_id: 'check', signal }),
    shown: async () => (await lists.workers(100, undefined)).workers,
    logs: createWorkerLogs({ store, probe, hosts }),
    async events() {
      const told = []
      for (let records = await stream(); records.length > 0; records = await stream())
        told.push(...records.flatMap(toldBy).filter(({ entity }) => entity.kind === 'worker'))
      return told.map(({ event_type, entity, seq, event_id }) => ({ event_type, id: entity.id, seq, event_id }))
    },
  }
}

describe('the check of the workers', () => {
  it('judges each configured host, and shows it in the list of workers', async () => {
    const hosts = ['11', '12', '13', '14'].map((end) => host(`w${end}`, `10.0.0.${end}`))
    const { check, found, shown, ask } = await aFleet(hosts)
    for (const { worker } of hosts) await ask(worker ?? '')
    found('inactive', '10.0.0.12')
    found('refused', '10.0.0.13')
    found('unreachable', '10.0.0.14')

    expect(await check()).toEqual({
      hosts: [
        ['10.0.0.11', 'w11', 'active', 'available', 'healthy'],
        ['10.0.0.12', 'w12', 'inactive', 'available', 'degraded'],
        ['10.0.0.13', 'w13', 'refused', 'available', 'unhealthy'],
        ['10.0.0.14', 'w14', 'unreachable', 'offline', 'unhealthy'],
      ].map(([place, worker, kind, status, health]) => ({
        ...{ host: place, worker, found: kind, detail: `It was found ${kind}.`, status, health },
      })),
      workers: { total: 4, available: 3, busy: 0, offline: 1 },
      written: 4,
      retired: 0,
    })
    expect((await shown()).map(({ id, status, health, reason }) => [id, status, health, reason])).toEqual([
      ['w11', 'available', 'healthy', null],
      ['w12', 'available', 'degraded', 'It was found inactive.'],
      ['w13', 'available', 'unhealthy', 'It was found refused.'],
      ['w14', 'offline', 'unhealthy', 'It was found unreachable.'],
    ])
  })

  it('shows a host whose worker has never called, until the worker does', async () => {
    const { check, shown, ask, queue, clock } = await aFleet([host('named'), host(null, '10.0.0.12')])
    await check()
    expect(await shown()).toMatchObject([
      { id: '10.0.0.12', ip: '10.0.0.12', last_seen: null, health: 'degraded', reason: 'It has never called.' },
      { id: 'named', last_seen: null, total_tasks: 0 },
    ])
    await ask('named')
    await queue.next({ worker: 'other', capabilities: [], ip: '10.0.0.12', correlation_id: 'c' })
    clock.advance(seconds(1))
    await check()

    expect(await shown()).toMatchObject([
      { id: 'named', status: 'available', health: 'healthy' },
      { id: 'other', ip: '10.0.0.12', health: 'healthy', checked_at: '2026-01-05T08:00:01.000Z' },
    ])
  })

  it('leaves a busy worker busy, and shows the lease that ran out once it is offline', async () => {
    const { check, found, shown, has, lease, clock, store } = await aFleet([host('w1')])
    await has(1)
    const { expires_at } = await lease('w1')
    found('unreachable', '10.0.0.11')
    clock.advance(minutes(9))
    await check()
    const lease_expires_at = new Date(expires_at).toISOString()
    expect(await shown()).toMatchObject([{ status: 'busy', health: 'unhealthy', current_task: 1, lease_expires_at }])
    expect((await store.worker('w1'))?.presence).toBeUndefined()

    clock.advance(minutes(2))
    await check()
    expect(await shown()).toMatchObject([{ status: 'offline', current_task: null, lease_expires_at }])
  })

  it('looks at no more than fifty hosts at once, and at no host twice', async () => {
    const hosts = Array.from({ length: 100 }, (_, n) => host(`w${n}`, `10.0.1.${n}`))
    const { check, most } = await aFleet(hosts)

    expect((await check()).workers).toMatchObject({ total: 100 })
    expect(most()).toBe(50)
  })

  it('leaves what it knew of a host for which there was no time', async () => {
    const { check, found, shown } = await aFleet([host('w1')])
    found('unreachable', '10.0.0.11')
    await check()
    const report = await check(AbortSignal.abort())

    expect(report).toMatchObject({ hosts: [{ found: 'unchecked', status: 'offline' }], written: 0 })
    expect(await shown()).toMatchObject([{ status: 'offline', reason: 'It was found unreachable.' }])
  })

  it('judges anew a worker that calls at the same moment', async () => {
    let calls: () => Promise<unknown> = async () => undefined
    const fleet = await aFleet([host('w1')])
    const { ask, clock, store } = fleet
    await ask('w1')
    const races = createCheck({
      ...{ clock, hosts: [host('w1')], intervalMs: seconds(30) },
      probe: { unit: 'u', check: async () => ({ kind: 'inactive', detail: 'x' }), logs: async () => [] },
      store: {
        ...store,
        async saveWorker(record) {
          await calls()
          return store.saveWorker(record)
        },
      },
    })
    calls = async () => {
      calls = async () => undefined
      clock.advance(minutes(1))
      await ask('w1')
    }
    expect(await races({ correlation_id: 'c', signal: ever })).toMatchObject({ written: 1 })
    expect(await store.worker('w1')).toMatchObject({ last_seen: clock.now(), check: { state: 'inactive' } })
  })

  it('leaves to the next check a worker that is always quicker', async () => {
    const { store, clock } = await aFleet([])
    let tries = 0
    const saveWorker = async () => {
      tries += 1
      return false
    }
    const probe = { unit: 'u', check: async () => ({ kind: 'active', detail: '' }) as const, logs: async () => [] }
    const look = createCheck({ store: { ...store, saveWorker }, clock, probe, hosts: [host('w1')], intervalMs: 1 })

    expect(await look({ correlation_id: 'c', signal: ever })).toMatchObject({ written: 0 })
    expect(tries).toBe(3)
  })

  it('writes one unit for a worker that changed, and none for the others', async () => {
    const { check, found, ask, client } = await aFleet([host('w1'), host('w2', '10.0.0.12')])
    for (const worker of ['w1', 'w2', 'w3']) await ask(worker)
    await check()
    const units = meter(client)
    await check()
    expect(units.totals().writes).toBe(0)
    found('inactive', '10.0.0.12')
    expect((await check()).written).toBe(1)

    expect(units.totals().writes).toBe(1)
  })
})

describe('a worker whose host was just found unreachable', () => {
  async function unreached() {
    const fleet = await aFleet([host('w1')])
    await fleet.ask('w1')
    await fleet.has(1)
    fleet.found('unreachable', '10.0.0.11')
    await fleet.check()
    fleet.clock.advance(seconds(1))
    return fleet
  }

  it('gets no new work, and is told why and when to come again', async () => {
    const { ask } = await unreached()

    expect(answerView(await ask('w1'), POLICY)).toEqual({
      work_available: false,
      blocked: true,
      reason:
        'The host of this worker, 10.0.0.11, was found unreachable. It was found unreachable. The next check decides anew.',
      retry_after_seconds: 30,
    })
  })

  it('gets work again once its host answers', async () => {
    const { ask, found, check } = await unreached()
    found('active', '10.0.0.11')
    await check()

    expect(await ask('w1')).toMatchObject({ kind: 'work' })
  })

  it('gets work again once the next check sees that it went on calling: SSH alone is broken', async () => {
    const { ask, check, shown, clock } = await unreached()
    expect(await ask('w1')).toMatchObject({ kind: 'none' })
    clock.advance(seconds(29))
    await check()

    expect(await shown()).toMatchObject([
      { status: 'available', health: 'degraded', reason: 'It was found unreachable.' },
    ])
    expect(await ask('w1')).toMatchObject({ kind: 'work' })
  })

  it('gets work again when nobody looks any more', async () => {
    const { ask, clock } = await unreached()
    clock.advance(minutes(10))

    expect(await ask('w1')).toMatchObject({ kind: 'work' })
  })

  it('keeps the work it has, and may report it', async () => {
    const { found, check, has, lease, ask, queue, clock } = await aFleet([host('w1')])
    await has(1, 2)
    const { number, token } = await lease('w1')
    found('unreachable', '10.0.0.11')
    clock.advance(seconds(1))
    await check()
    clock.advance(seconds(1))

    expect(await ask('w1')).toMatchObject({ kind: 'work', job: { key: { number } } })
    await queue.report(aReport({ worker: 'w1', number, kind: 'released', token }))
    expect(await ask('w1')).toMatchObject({ kind: 'none', reason: expect.stringContaining('unreachable') })
  })

  it('costs no read and, once its call is noted, no write', async () => {
    const { ask, client } = await unreached()
    const units = meter(client)
    await ask('w1')
    expect(units.totals()).toMatchObject({ writes: 1, reads: 0.5 })
    units.reset()
    await ask('w1')
    expect(units.totals()).toMatchObject({ writes: 0, reads: 0.5 })
  })
})

describe('events of workers', () => {
  const offline = (id: string, seq: number) => ({ event_type: 'WORKER_OFFLINE', id, seq, event_id: expect.any(String) })
  const online = (id: string, seq: number) => ({ ...offline(id, seq), event_type: 'WORKER_ONLINE' })

  it('tell of a host that went and came back, each once', async () => {
    const { check, found, events, ask, clock } = await aFleet([host('w1')])
    await ask('w1')
    await check()
    expect(await events()).toEqual([])
    found('unreachable', '10.0.0.11')
    await check()
    await check()
    expect(await events()).toEqual([offline('w1', 1)])
    clock.advance(minutes(6))
    await check()
    expect(await events()).toEqual([])
    found('active', '10.0.0.11')
    await check()
    expect(await events()).toEqual([online('w1', 2)])
  })

  it('tell of a worker that only calls in when it falls silent, and when it calls again', async () => {
    const { check, events, ask, shown, clock } = await aFleet([])
    await ask('w1')
    clock.advance(minutes(3))
    await check()
    await check()
    expect(await events()).toEqual([offline('w1', 1)])
    expect(await shown()).toMatchObject([{ status: 'offline', health: 'unhealthy' }])
    await ask('w1')
    await ask('w1')
    expect(await events()).toEqual([online('w1', 2)])
  })

  it('tell of a host that was never reached', async () => {
    const { check, found, events } = await aFleet([host('w1')])
    found('unreachable', '10.0.0.11')
    await check()
    expect(await events()).toEqual([offline('w1', 1)])
  })

  it('come with the lease when a worker returns to work: no write more', async () => {
    const { check, events, ask, has, clock, client } = await aFleet([])
    await ask('w1')
    clock.advance(minutes(3))
    await check()
    await has(1)
    const units = meter(client)
    await ask('w1')
    expect(units.totals().writes).toBe(3)
    expect(await events()).toEqual([offline('w1', 1), online('w1', 2)])
  })
})

describe('the health of the service', () => {
  it('counts a worker whose host is unreachable as there, but not as available', async () => {
    const { check, found, health, ask } = await aFleet([host('w1'), host('w2', '10.0.0.12')])
    for (const worker of ['w1', 'w2']) await ask(worker)
    found('unreachable', '10.0.0.12')
    await check()

    expect(await health()).toMatchObject({ workers: { total: 2, available: 1 } })
  })

  it('counts more workers than fit on a page', async () => {
    const { health, store } = await aFleet([])
    const some = { last_seen: 0, first_seen: 0, total_tasks: 1, capabilities: [], ip: null, pointer: null, version: 0 }
    for (let n = 0; n < 120; n++) await store.saveWorker({ ...some, id: `w${n}` })

    expect(await health()).toMatchObject({ workers: { total: 120, available: 0 } })
  })
})

describe('the log of a worker', () => {
  it('is read from its host', async () => {
    const { logs } = await aFleet([host('w1')])
    expect(await logs('w1', 2, ever)).toEqual({ id: 'w1', unit: 'coxswain-worker', lines: ['line 0', 'line 1'] })
  })

  it('of a worker without a host is not found, and the answer says how to name one', async () => {
    const { logs } = await aFleet([host('w1')])
    await expect(logs('w2', 2, ever)).rejects.toMatchObject({
      code: 'not_found',
      message: 'No host is known for worker w2. WORKER_IPS takes w2=<host> to name it.',
    })
  })
})
