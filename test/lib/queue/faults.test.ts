/** A world that misbehaves: replies lost, reads a moment old, clocks that jump, items nobody can read, a store that is down. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { createQueueStore } from '#lib/store/queue'
import { START } from '#test/helpers/clock'
import { aKey, aReport, someFacts } from '#test/helpers/queue'
import { aCrew, ask, expectAllDone, expectSound } from './support/crew.ts'
import { behind, repeating } from './support/stores.ts'

const NO_USAGE = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
const PR = 'https://github.com/acme/shop/pull/9'

describe('a store whose replies are lost, so that each write is sent twice', () => {
  it('answers as if nothing had happened', async () => {
    const { table, process, store, clock } = await aCrew()
    const queue = process(createQueueStore(repeating(table), () => undefined))

    await queue.add(aKey(1), someFacts(1), 'long '.repeat(100), 't')
    const first = await ask(queue, 'w1')
    expect(first).toMatchObject({ kind: 'work', job: { token: 1 }, body: 'long '.repeat(100) })
    expect(await store.worker('w1', { consistent: true })).toMatchObject({ total_tasks: 1 })
    const beat = { worker: 'w1', number: 1, repository: undefined, token: 1, usage: NO_USAGE, correlation_id: 't' }
    expect(await queue.heartbeat(beat)).toMatchObject({ cancel: null })
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'failed', token: 1, error: 'no' }))
    const second = await ask(queue, 'w2')
    expect(second).toMatchObject({ kind: 'work', job: { token: 2, counts: { failures: 1 } } })
    clock.advance(minutes(10))
    await queue.reap({ now: clock.now(), correlation_id: 'reap' })
    expect(await ask(queue, 'w3')).toMatchObject({ kind: 'work', job: { token: 3, counts: { workers_lost: 1 } } })
    await queue.report(aReport({ worker: 'w3', number: 1, kind: 'completed', token: 3, pr_url: PR }))
    expect(await queue.redrive(aKey(1), 't')).toMatchObject({ generation: 2 })
    expect(await queue.withdraw(aKey(1), 'closed', 't')).toBe(true)
    expect((await store.ready(10)).items).toEqual([])
  })

  it('knows its own write although half an emoji did not survive the wire', async () => {
    const { table, process } = await aCrew()
    const queue = process(createQueueStore(repeating(table), () => undefined))
    await queue.add(aKey(1), { ...someFacts(1), title: 'Half \ud83d', labels: ['\udea3'] }, 'Half \ud83d', 't')

    expect(await ask(queue, 'w1')).toMatchObject({ kind: 'work', job: { token: 1, facts: { title: 'Half �' } } })
    const failure = { worker: 'w1', number: 1, kind: 'failed', token: 1, error: '\ud83d' } as const
    await queue.report(aReport(failure))
    expect(await ask(queue, 'w2')).toMatchObject({ job: { token: 2, previous: { error: '�' } }, body: 'Half �' })
  })
})

describe('a store whose cheap reads are old', () => {
  it('gives no issue to two workers and no worker two issues', async () => {
    const { has, process, store, changes } = await aCrew()
    await has(1, 2, 3, 4)
    const queue = process(behind(store))
    const given = []
    for (const worker of ['w1', 'w2', 'w1', 'w3', 'w2', 'w1', 'w3']) {
      const answer = await ask(queue, worker)
      if (answer.kind === 'work') given.push(`${worker}:${answer.job.key.number}`)
    }

    expect(new Set(given).size).toBe(3)
    expectSound(changes)
  })
})

describe('clocks that disagree', () => {
  const beatOf = (token: number) => {
    return { worker: 'w1', number: 1, repository: undefined, token, usage: NO_USAGE, correlation_id: 't' }
  }

  it.each([
    ['ahead', minutes(5)],
    ['behind', minutes(-5)],
  ])('by five minutes %s and back break no lease', async (_name, jump) => {
    const crew = await aCrew()
    const { has, lease, clock, queue, changes } = crew
    await has(1)
    const { token } = await lease('w1')
    clock.advance(jump)
    await queue.heartbeat(beatOf(token))
    expect(await ask(queue, 'w2')).toMatchObject({ kind: 'none' })
    clock.set(START)
    await queue.heartbeat(beatOf(token))
    expect(await queue.reap({ now: clock.now(), correlation_id: 'reap' })).toBe(0)
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token, pr_url: PR }))

    expectSound(changes)
    await expectAllDone(crew, [1])
  })

  it('let one server end a lease that lives by the other, but never let both holders complete', async () => {
    const { has, lease, clock, queue, changes } = await aCrew()
    await has(1)
    const first = await lease('w1')
    clock.advance(minutes(10))
    const second = await lease('w2')
    clock.advance(minutes(-5))

    await expect(
      queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token: first.token, pr_url: PR })),
    ).rejects.toMatchObject({ code: 'lease_lost' })
    await queue.report(aReport({ worker: 'w2', number: 1, kind: 'completed', token: second.token, pr_url: PR }))
    expectSound(changes)
  })
})

describe('two reapers at once', () => {
  it('count a lost worker once and put its issue back once', async () => {
    const { has, lease, clock, process, store, changes } = await aCrew()
    await has(1, 2, 3)
    for (const worker of ['w1', 'w2', 'w3']) await lease(worker)
    clock.advance(minutes(10))
    const reaps = Array.from({ length: 4 }, (_, n) => process().reap({ now: clock.now(), correlation_id: `reap-${n}` }))

    expect((await Promise.all(reaps)).reduce((sum, n) => sum + n, 0)).toBe(3)
    for (const n of [1, 2, 3]) expect(await store.record(aKey(n))).toMatchObject({ counts: { workers_lost: 1 } })
    expectSound(changes)
  })
})

describe('a job that this version cannot read', () => {
  async function aStranger() {
    const crew = await aCrew()
    await crew.has(1, 2)
    await crew.lease('w1')
    await crew.lease('w2')
    await crew.table.change(
      { pk: 'JOBS#acme/shop', sk: '0000000001' },
      { set: { state: 'dreaming', version: 9, changed_at: START } },
    )
    return crew
  }

  it('is left alone by the reaper, named, and holds up nobody else', async () => {
    const { clock, queue, unknown, table } = await aStranger()
    clock.advance(minutes(10))

    expect(await queue.reap({ now: clock.now(), correlation_id: 'reap' })).toBe(1)
    expect(unknown).toContain('0000000001')
    const item = await table.get({ pk: 'JOBS#acme/shop', sk: '0000000001' }, { consistent: true })
    expect(item).toMatchObject({ state: 'dreaming', version: 9 })
    expect(await ask(queue, 'w3')).toMatchObject({ job: { key: { number: 2 } } })
  })

  it('is not leased by a ticket that was left behind, nor changed by a report', async () => {
    const { queue, store } = await aStranger()
    const report = aReport({ worker: 'w1', number: 1, kind: 'completed', token: 1, pr_url: PR })
    await expect(queue.report(report)).rejects.toMatchObject({ code: 'unavailable' })
    await queue.add(aKey(1), someFacts(1), '', 't')

    expect(await ask(queue, 'w3')).toMatchObject({ kind: 'none' })
    expect((await store.ready(10)).items).toHaveLength(1)
  })
})

describe('a store that is down', () => {
  it('ends the run of a reaper at once, and no lease is judged', async () => {
    const { has, lease, clock, process, store, queue } = await aCrew()
    await has(1, 2)
    await lease('w1')
    await lease('w2')
    clock.advance(minutes(10))
    const down = async () => Promise.reject(new Error('down'))

    await expect(process({ ...store, save: down }).reap({ now: clock.now(), correlation_id: 'reap' })).rejects.toThrow(
      'down',
    )
    for (const n of [1, 2]) expect(await store.record(aKey(n))).toMatchObject({ state: { kind: 'leased' } })
    expect(await queue.reap({ now: clock.now(), correlation_id: 'reap' })).toBe(2)
  })
})

describe('an issue that fails for good', () => {
  it('comes back by a redrive as a new generation with fresh attempts and higher tokens', async () => {
    const { has, lease, queue, changes } = await aCrew()
    await has(1)
    for (const token of [1, 2]) {
      await lease('w1')
      await queue.report(aReport({ worker: 'w1', number: 1, kind: 'failed', token, error: `error ${token}` }))
    }
    await expect(queue.cancel(aKey(1), 'no', 't')).rejects.toMatchObject({ code: 'conflict' })
    const job = await queue.redrive(aKey(1), 't')
    expect(job).toMatchObject({ generation: 2, counts: { failures: 0 }, previous: { error: 'error 2' } })
    expect(await queue.redrive(aKey(1), 't')).toEqual(job)
    const again = await lease('w2')
    await expect(queue.redrive(aKey(1), 't')).rejects.toMatchObject({ code: 'conflict' })

    expect(again.token).toBe(3)
    expectSound(changes)
  })

  it('stays away when a stranger or an old lease speaks of it', async () => {
    const { has, lease, queue, store, clock } = await aCrew({ maxAttempts: 1 })
    await has(1)
    const { token } = await lease('w1')
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'failed', token, error: 'no' }))
    const done = await store.record(aKey(1))
    clock.advance(seconds(1))

    await expect(
      queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', token, pr_url: PR })),
    ).rejects.toMatchObject({ code: 'already_finished' })
    await expect(queue.report(aReport({ worker: 'w2', number: 1, kind: 'failed', token }))).rejects.toMatchObject({
      code: 'already_finished',
    })
    expect(await store.record(aKey(1))).toEqual(done)
  })
})

describe('an issue of extreme size', () => {
  it('keeps its ticket below one write unit and gives its body back whole', async () => {
    const { queue, store } = await aCrew()
    const body = `\u0000${'🚣'.repeat(32_000)}${'x'.repeat(1_535)}`
    await queue.add(aKey(1), { ...someFacts(1), title: 'x'.repeat(256) }, body, 't')

    expect(await ask(queue, 'w1')).toMatchObject({ kind: 'work', body })
    expect(JSON.stringify(await store.record(aKey(1))).length).toBeLessThan(1_500)
  })
})
