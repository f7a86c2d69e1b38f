/** What the queue mends by itself: leases nobody ends, claims half made, tickets left behind or never put. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { aKey, aReport, someFacts } from '#test/helpers/queue'
import { aCrew, ask, expectAllDone, expectSound } from './support/crew.ts'
import { dying, held } from './support/stores.ts'

describe('a worker that asks for more', () => {
  it('after its lease ran out does not lose the issue it held', async () => {
    const { has, lease, clock, queue, drain } = await aCrew()
    await has(1, 2)
    await lease('w1')
    clock.advance(minutes(11))

    expect(await ask(queue, 'w1')).toMatchObject({ kind: 'work', job: { key: { number: 1 }, token: 2 } })
    expect(await drain()).toEqual([1, 2])
  })

  it('twice at once is given one issue, though the first request is slow to claim it', async () => {
    const { has, queue, process, store, clock } = await aCrew()
    await has(1, 2, 3)
    const gate = Promise.withResolvers<void>()
    const slow = ask(process(held(store, 'save', gate.promise)), 'w1')
    await expect.poll(async () => (await store.worker('w1', { consistent: true }))?.pointer).toBeTruthy()

    clock.advance(1)
    const quick = await ask(queue, 'w1')
    gate.resolve()

    expect(quick).toMatchObject({ kind: 'work', job: { key: { number: 1 }, token: 1 } })
    expect(await slow).toMatchObject({ kind: 'work', job: { key: { number: 1 }, token: 1 } })
    expect((await store.ready(10)).items).toHaveLength(2)
  })

  it('though the ticket it was about to take has vanished is not kept waiting beyond a lease', async () => {
    const { has, queue, process, store, clock } = await aCrew()
    await has(1)
    const ticket = await store.find(aKey(1))
    await ask(process(dying(store, 3, 'after').store), 'w1').catch(() => undefined)
    await store.dequeue(ticket!)
    await has(2)

    expect(await ask(queue, 'w1')).toEqual({ kind: 'none', retry_after_ms: 1_000 })
    clock.advance(minutes(10))
    expect(await ask(queue, 'w1')).toMatchObject({ kind: 'work', job: { key: { number: 2 } } })
  })

  it('is counted once for each lease it was given, however many races it lost', async () => {
    const { has, process, store, queue } = await aCrew()
    await has(1, 2)
    const gate = Promise.withResolvers<void>()
    const slow = ask(process(held(store, 'saveWorker', gate.promise)), 'w1')
    await ask(queue, 'w2')
    gate.resolve()

    expect(await slow).toMatchObject({ kind: 'work', job: { key: { number: 2 } } })
    expect(await store.worker('w1', { consistent: true })).toMatchObject({ total_tasks: 1 })
  })

  it('and gets nothing leaves no trace of the race it lost', async () => {
    const { has, process, store, queue } = await aCrew()
    await has(1)
    const gate = Promise.withResolvers<void>()
    const slow = ask(process(held(store, 'saveWorker', gate.promise)), 'w1')
    await ask(queue, 'w2')
    gate.resolve()

    expect(await slow).toMatchObject({ kind: 'none' })
    expect(await store.worker('w1', { consistent: true })).toMatchObject({ total_tasks: 0, pointer: null })
  })

  it('while its postponed issue waits costs no write each time', async () => {
    const { has, lease, queue, store } = await aCrew()
    await has(1)
    const { token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'rate_limited', token }))
    await ask(queue, 'w1')
    const before = await store.worker('w1', { consistent: true })
    const idle = await ask(queue, 'w1')

    expect(idle).toEqual({ kind: 'none', retry_after_ms: 15_000 })
    expect(await store.worker('w1', { consistent: true })).toEqual(before)
  })
})

describe('a lease renewed long past its first end', () => {
  it('is left alone while it lives and comes back when its worker falls silent', async () => {
    const { has, lease, clock, queue, store } = await aCrew()
    await has(1)
    const { token } = await lease('w1')
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number: 1, repository: undefined, token, usage, correlation_id: 't' }
    for (let n = 0; n < 8; n++) {
      clock.advance(minutes(5))
      await queue.heartbeat(beat)
      expect(await queue.reap({ now: clock.now(), correlation_id: 'reap' })).toBe(0)
      expect(await ask(queue, 'w2')).toMatchObject({ kind: 'none' })
    }
    clock.advance(minutes(10))

    expect(await ask(queue, 'w2')).toMatchObject({ kind: 'work', job: { token: 2, counts: { workers_lost: 1 } } })
    expect((await store.worker('w1', { consistent: true }))?.pointer).toBeNull()
  })
})

describe('a reaper that meets a heartbeat', () => {
  it('lets the lease live when the heartbeat is first', async () => {
    const { has, lease, clock, queue, process, store } = await aCrew()
    await has(1)
    const { token } = await lease('w1')
    clock.advance(minutes(10))
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number: 1, repository: undefined, token, usage, correlation_id: 't' }
    const slow: typeof store = {
      ...store,
      async save(...change) {
        await queue.heartbeat(beat)
        return store.save(...change)
      },
    }

    expect(await process(slow).reap({ now: clock.now(), correlation_id: 'reap' })).toBe(0)
    expect(await store.record(aKey(1))).toMatchObject({ state: { kind: 'leased', lease: { worker: 'w1', token } } })
    expect((await store.worker('w1', { consistent: true }))?.pointer).toMatchObject({ token })
  })
})

describe('a ticket left behind', () => {
  it('is passed over at once and swept away soon', async () => {
    const { has, process, store, queue, clock } = await aCrew()
    await has(1, 2, 3)
    await ask(process(dying(store, 4, 'after').store), 'w1').catch(() => undefined)
    expect(await store.record(aKey(1))).toMatchObject({ state: { kind: 'leased' } })
    expect((await store.ready(10)).items).toHaveLength(3)

    expect(await ask(queue, 'w2')).toMatchObject({ kind: 'work' })
    expect((await store.ready(10)).items).toHaveLength(2)
    clock.advance(seconds(6))
    expect(await ask(process(), 'w3')).toMatchObject({ kind: 'work' })
    expect((await store.ready(10)).items).toEqual([])
  })

  it('elsewhere in the line does no harm to the issue queued anew', async () => {
    const { queue, store, clock, has, drain, changes } = await aCrew()
    await has(1)
    const stray = await store.find(aKey(1))
    await queue.withdraw(aKey(1), 'closed', 't')
    await store.enqueue({ ...stray!, facts: someFacts(1, ['priority:critical']) })
    await queue.redrive(aKey(1), 't', { facts: someFacts(1, ['priority:low']), text: 'again' })
    clock.advance(seconds(6))

    expect(await drain()).toEqual([1])
    expectSound(changes)
    expect((await store.ready(10)).items).toEqual([])
  })

  it('of an issue added once more after it was finished is never leased', async () => {
    const crew = await aCrew()
    const { has, lease, queue, clock, drain } = crew
    await has(1)
    const { token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token }))
    await queue.add(aKey(1), someFacts(1), '', 't')
    clock.advance(seconds(6))

    expect(await drain()).toEqual([])
    await expectAllDone(crew, [1])
  })
})

describe('a withdrawal that meets a claim', () => {
  it('wins when it is first: the worker gets something else', async () => {
    const { has, process, store, queue } = await aCrew()
    await has(1, 2)
    const gate = Promise.withResolvers<void>()
    const slow = ask(process(held(store, 'save', gate.promise)), 'w1')
    await expect.poll(async () => (await store.worker('w1', { consistent: true }))?.pointer).toBeTruthy()
    await queue.withdraw(aKey(1), 'closed', 't')
    gate.resolve()

    expect(await slow).toMatchObject({ job: { key: { number: 2 } } })
    expect((await store.ready(10)).items).toEqual([])
  })

  it('stops the worker when the claim is first', async () => {
    const { has, lease, process, store, queue } = await aCrew()
    await has(1)
    const gate = Promise.withResolvers<void>()
    const slow = process(held(store, 'save', gate.promise)).withdraw(aKey(1), 'The issue was closed.', 't')
    const { token } = await lease('w1')
    gate.resolve()

    expect(await slow).toBe(true)
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number: 1, repository: undefined, token, usage, correlation_id: 't' }
    expect(await queue.heartbeat(beat)).toMatchObject({ cancel: 'The issue was closed.' })
  })
})

describe('a refresh that meets a claim', () => {
  it.each(['priority:critical', 'priority:low'])('to %s gives the issue to one worker only', async (label) => {
    const { has, process, store, queue, drain, changes, clock } = await aCrew()
    await has(1, 2)
    const job = await store.find(aKey(1))
    const gate = Promise.withResolvers<void>()
    const slow = ask(process(held(store, 'save', gate.promise)), 'w1')
    await expect.poll(async () => (await store.worker('w1', { consistent: true }))?.pointer).toBeTruthy()
    expect(await queue.refresh(job!, someFacts(1, [label]), 'Body of 1', 't')).toBe(true)
    gate.resolve()

    expect(await slow).toMatchObject({ kind: 'work' })
    clock.advance(minutes(10))
    expect(await drain()).toEqual([1, 2])
    expectSound(changes)
  })

  it('leaves a leased issue in the hands of its worker, and one that is finished alone', async () => {
    const { has, lease, queue, store } = await aCrew()
    await has(1)
    const { job } = await lease('w1')

    expect(await queue.refresh(job, someFacts(1), 'New', 't')).toBe(true)
    expect(await store.record(job.key)).toMatchObject({ state: job.state, body: job.body })
    expect((await store.ready(10)).items).toEqual([])
    await queue.withdraw(job.key, 'closed', 't')
    const finished = await store.record(job.key)
    expect(await queue.refresh(finished!, someFacts(1), 'Newer', 't')).toBe(false)
  })
})

describe('a claim that loses against something this version cannot read', () => {
  it('goes on to the next issue', async () => {
    const { has, process, store, queue } = await aCrew()
    await has(1, 2)
    const unreadable = async () => ({ kind: 'stale', current: undefined }) as const
    let saves = 0
    const strange = {
      ...store,
      save: (...args: Parameters<typeof store.save>) => (saves++ ? store.save(...args) : unreadable()),
    }

    expect(await ask(process(strange), 'w1')).toMatchObject({ kind: 'work', job: { key: { number: 2 } } })
    expect(await ask(queue, 'w2')).toMatchObject({ kind: 'work', job: { key: { number: 1 } } })
  })
})
