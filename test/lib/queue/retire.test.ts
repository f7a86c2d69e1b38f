/** Workers that are taken off the list: by an operator's word, or after a month without a sign of life. */
import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { createCheck } from '#lib/queue/check'
import { createRetire } from '#lib/queue/retire'
import { meter } from '#lib/store/client'
import { aQueue, aReport } from '#test/helpers/queue'

const DAY = hours(24)
const probe = { unit: 'coxswain-worker', check: () => expect.unreachable(), logs: () => expect.unreachable() }

async function aFleet() {
  const world = await aQueue()
  const { store, clock, queue } = world
  const look = createCheck({ store, clock, probe, hosts: [], intervalMs: seconds(30) })
  return {
    ...world,
    ...createRetire({ store, clock }),
    check: () => look({ correlation_id: 'check', signal: new AbortController().signal }),
    ids: async () => (await store.workers(100)).items.map(({ id }) => id),
    report: (worker: string, kind: 'released' | 'failed') =>
      queue.report(aReport({ worker, number: 1, kind, token: 1, error: kind === 'failed' ? 'No.' : null })),
  }
}

describe('a worker that an operator retires', () => {
  it('leaves the list, for one write', async () => {
    const { ask, retire, ids, client } = await aFleet()
    await ask('w1')
    await ask('w2')
    const units = meter(client)
    expect(await retire('w1')).toEqual({ id: 'w1', status: 'retired' })
    expect(units.totals().writes).toBe(1)
    expect(await ids()).toEqual(['w2'])
  })

  it('is new when it comes back', async () => {
    const { has, lease, report, retire, ask, clock, store } = await aFleet()
    await has(1)
    await lease('w1')
    await report('w1', 'released')
    await retire('w1')
    clock.advance(minutes(5))

    expect(await ask('w1')).toMatchObject({ kind: 'work', job: { token: 2 } })
    expect(await store.worker('w1')).toMatchObject({ first_seen: clock.now(), total_tasks: 1 })
  })

  it('leaves the issue that it gave back to the others', async () => {
    const { has, lease, report, retire, ask } = await aFleet()
    await has(1)
    await lease('w1')
    await report('w1', 'failed')
    await retire('w1')
    expect(await ask('w2')).toMatchObject({ kind: 'work', job: { key: { number: 1 } } })
  })

  it('is refused while it holds a lease, with what it holds and what to do', async () => {
    const { has, lease, retire, ids } = await aFleet()
    await has(1)
    await lease('w1')
    await expect(retire('w1')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('cancel the issue (POST /queue/acme/shop/1/cancel)'),
      details: { holds: 'acme/shop#1', lease_expires_at: '2026-01-05T08:10:00.000Z' },
    })
    expect(await ids()).toEqual(['w1'])
  })

  it('is refused until the lease that it lost is ended, so that no worker is led past the issue', async () => {
    const { has, lease, retire, clock } = await aFleet()
    await has(1)
    await lease('w1')
    clock.advance(minutes(11))
    await expect(retire('w1')).rejects.toMatchObject({ code: 'conflict', retryAfter: 60 })
  })

  it('is unknown afterwards', async () => {
    const { ask, retire } = await aFleet()
    await ask('w1')
    await retire('w1')
    await expect(retire('w1')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a worker that gives no sign of life', () => {
  it('is kept for 30 days, and retired by the check after that', async () => {
    const { ask, check, ids, clock } = await aFleet()
    await ask('w1')
    clock.advance(30 * DAY - minutes(1))
    expect(await check()).toMatchObject({ workers: { total: 1, offline: 1 }, retired: 0 })
    clock.advance(minutes(1))
    expect(await check()).toMatchObject({ workers: { total: 0 }, retired: 1 })
    expect(await ids()).toEqual([])
  })

  it('is kept as long as it calls', async () => {
    const { ask, check, ids, clock } = await aFleet()
    for (let week = 0; week < 6; week++) {
      await ask('w1')
      clock.advance(7 * DAY)
    }
    await check()
    expect(await ids()).toEqual(['w1'])
  })

  it('is kept while it leads to a lease that has not ended', async () => {
    const { has, lease, check, ids, clock } = await aFleet()
    await has(1)
    await lease('w1')
    clock.advance(31 * DAY)
    expect(await check()).toMatchObject({ retired: 0 })
    expect(await ids()).toEqual(['w1'])
  })

  it('costs one write when it goes, and nothing afterwards', async () => {
    const { ask, check, client, clock } = await aFleet()
    for (let n = 0; n < 20; n++) await ask(`w${n}`)
    await check()
    clock.advance(minutes(10))
    await check()
    clock.advance(31 * DAY)
    const units = meter(client)
    expect(await check()).toMatchObject({ retired: 20, written: 0 })
    expect(units.totals().writes).toBe(20)
    await check()
    expect(units.totals().writes).toBe(20)
  })
})
