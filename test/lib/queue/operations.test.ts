import { describe, expect, it } from 'vitest'
import { createOperations } from '#lib/queue/operations'
import { aKey, aQueue, aReport, someFacts } from '#test/helpers/queue'

describe('a refresh', () => {
  it('that finds another died before its ticket stood in the line puts it there, in its new place', async () => {
    const { store, clock, has, lease, queue } = await aQueue()
    await has(1, 2)
    const ticket = await store.find(aKey(2))
    const dead = createOperations({ store: { ...store, enqueue: () => Promise.reject(new Error('killed')) }, clock })
    const urgent = { ...someFacts(2, ['priority:critical']), title: 'Now' }
    await expect(dead.refresh(ticket!, urgent, '', 't')).rejects.toThrow('killed')
    clock.advance(1)

    expect(await queue.refresh(ticket!, urgent, '', 't')).toBe(false)

    expect((await store.ready(10)).items.map(({ key, version }) => [key.number, version])).toEqual([
      [2, 2],
      [1, 1],
    ])
    expect((await lease('w1')).job.facts.title).toBe('Now')
  })

  it('leaves a leased job what its worker was given, and keeps the news for its return', async () => {
    const { store, has, lease, queue } = await aQueue()
    await has(1)
    const { job } = await lease('w1')

    expect(await queue.refresh(job, { ...job.facts, title: 'New' }, '', 't')).toBe(true)

    const kept = (await store.record(aKey(1)))!
    expect(kept).toMatchObject({ facts: job.facts, state: job.state, seq: job.seq })
    expect(kept.news?.facts.title).toBe('New')
  })

  it('changes nothing that is finished', async () => {
    const { store, has, lease, queue } = await aQueue()
    await has(1)
    const { token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token }))
    const done = (await store.record(aKey(1)))!

    expect(await queue.refresh(done, { ...done.facts, title: 'New' }, '', 't')).toBe(false)
    expect(await store.record(aKey(1))).toEqual(done)
  })
})

describe('a redrive', () => {
  it('of a generation that is not the last any more is refused', async () => {
    const { has, lease, queue, store } = await aQueue()
    await has(1)
    const finish = async () => {
      const { token } = await lease('w1')
      await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token }))
    }
    const news = { facts: someFacts(1), text: '', generation: 1 }
    await finish()
    await queue.redrive(aKey(1), 't', news)
    await finish()

    await expect(queue.redrive(aKey(1), 't', news)).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.record(aKey(1))).toMatchObject({ generation: 2, state: { kind: 'finished' } })
  })
})

describe('an operation on what is not there', () => {
  it('says so', async () => {
    const { queue } = await aQueue()
    const missing = { code: 'not_found' }

    await expect(queue.cancel(aKey(9), 'x', 't')).rejects.toMatchObject(missing)
    await expect(queue.withdraw(aKey(9), 'x', 't')).rejects.toMatchObject(missing)
    await expect(queue.redrive(aKey(9), 't')).rejects.toMatchObject(missing)
  })
})
