import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { meter } from '#lib/store/client'
import { aKey, aQueue, aReport, someFacts } from '#test/helpers/queue'

describe('a lease', () => {
  it('goes to the most urgent issue, then to the oldest', async () => {
    const { queue, lease } = await aQueue()
    await queue.add(aKey(1), someFacts(1, ['priority: low']), '', 't')
    await queue.add(aKey(2), someFacts(2), '', 't')
    await queue.add(aKey(3), someFacts(3, ['priority:critical']), '', 't')
    await queue.add(aKey(4), someFacts(4), '', 't')
    await queue.add(aKey(5), someFacts(5, ['priority:high']), '', 't')

    const order = []
    for (const worker of ['a', 'b', 'c', 'd', 'e']) order.push((await lease(worker)).number)

    expect(order).toEqual([3, 5, 2, 4, 1])
  })

  it('goes to the most urgent issue even where workers that asked at once have just collided', async () => {
    const { queue, ask, has, lease } = await aQueue()
    await has(1, 2, 3, 4)
    await Promise.all(['a', 'b', 'c', 'd'].map((worker) => ask(worker)))
    for (const number of [5, 6, 7, 8, 9]) await queue.add(aKey(number), someFacts(number, ['priority:low']), '', 't')
    await queue.add(aKey(10), someFacts(10, ['priority:critical']), '', 't')

    expect((await lease('e')).number).toBe(10)
  })

  it('is given again to the worker that holds it', async () => {
    const { has, lease } = await aQueue()
    await has(1, 2)
    const first = await lease('w1')

    expect(await lease('w1')).toMatchObject({ number: first.number, token: first.token })
  })

  it('refuses a second holder while the first is alive', async () => {
    const { has, lease, ask } = await aQueue()
    await has(1)
    await lease('w1')

    expect(await ask('w2')).toMatchObject({ kind: 'none' })
  })

  it('that ran out goes to the next worker who asks, by a higher token, and counts as a lost worker', async () => {
    const { has, lease, clock } = await aQueue()
    await has(7)
    const first = await lease('w1')
    clock.advance(minutes(10))
    const second = await lease('w2')

    expect(second.number).toBe(7)
    expect(second.token).toBeGreaterThan(first.token)
    expect(second.job.counts).toEqual({ failures: 0, workers_lost: 1, postponed: 0 })
  })

  it('costs 5 write units and 2 read units from the queueing to the completion', async () => {
    const { queue, client, lease } = await aQueue()
    await queue.add(aKey(1), someFacts(1), 'Add a coupon field to the checkout form.', 't')
    const warmup = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token: warmup.token }))
    const units = meter(client)

    await queue.add(aKey(2), someFacts(2), 'Add a coupon field to the checkout form.', 't')
    const { token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 2, kind: 'completed', token }))

    expect(units.totals()).toMatchObject({ writes: 5, reads: 2, refused: 0 })
  })
})

describe('a late report', () => {
  it('changes nothing and names who holds the lease now', async () => {
    const { queue, store, has, lease, clock } = await aQueue()
    await has(7)
    const first = await lease('w1')
    clock.advance(minutes(11))
    const second = await lease('w2')

    const late = queue.report(aReport({ worker: 'w1', number: 7, kind: 'completed', token: first.token }))

    await expect(late).rejects.toMatchObject({
      code: 'lease_lost',
      details: { held_by: 'w2', current_token: second.token },
    })
    expect(await store.record(aKey(7))).toMatchObject({ state: { kind: 'leased', lease: { worker: 'w2' } } })
  })
})

describe('a completion', () => {
  it('said twice by the same lease is acknowledged twice and counted once', async () => {
    const { queue, store, has, lease } = await aQueue()
    await has(1)
    const { token } = await lease('w1')
    const report = aReport({
      worker: 'w1',
      number: 1,
      kind: 'completed',
      token,
      pr_url: 'https://github.com/acme/shop/pull/9',
    })
    await queue.report(report)
    const once = await store.record(aKey(1))
    await queue.report(report)

    expect(await store.record(aKey(1))).toEqual(once)
    expect(once?.state).toMatchObject({ kind: 'finished', finish: { outcome: 'completed' } })
  })

  it('of a client that names neither repository nor lease is judged by its worker and the live lease', async () => {
    const { queue, store, has, lease } = await aQueue()
    await has(1)
    await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', repository: undefined }))

    expect((await store.record(aKey(1)))?.state).toMatchObject({ kind: 'finished' })
  })
})
