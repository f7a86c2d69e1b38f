/** Jobs that declare files, leased on a real table: never two at once that overlap. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { filesOf, hasEnded, isSweepDue, sweptOf } from '#lib/queue/files'
import type { QueueStore } from '#lib/queue/ports'
import { meter } from '#lib/store/client'
import { createQueueStore } from '#lib/store/queue'
import { aKey, aReport, REPOSITORY, someFacts } from '#test/helpers/queue'
import { aCrew, ask, type Crew, expectAllDone, expectSound } from './support/crew.ts'
import { aLeasedJob, aPendingJob } from './support/jobs.ts'
import { Death, dying, repeating } from './support/stores.ts'

async function aCrewWith(files: Readonly<Record<number, string>>) {
  const crew = await aCrew()
  for (const [number, globs] of Object.entries(files)) {
    const body = globs === '' ? 'Anything.' : `Files: ${globs}`
    await crew.queue.add(aKey(Number(number)), someFacts(Number(number)), body, 't')
  }
  return crew
}

const numberOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.kind === 'work' ? answer.job.key.number : undefined

async function end(crew: Crew, worker: string, number: number, kind: 'completed' | 'released' | 'failed') {
  const { token } = (await crew.store.record(aKey(number)))!
  await crew.queue.report(aReport({ worker, number, kind, token, error: 'no' }))
}

it('a job whose body is kept apart declares the files noted beside it, or none', () => {
  const { key, facts } = aPendingJob()
  const body = { kind: 'apart', revision: 'r', bytes: 9_000 } as const
  expect(filesOf({ key, body, facts: { ...facts, files: ['lib/a.ts'] } })).toEqual(['lib/a.ts'])
  expect(filesOf({ key, body, facts })).toEqual([])
})

describe('a job whose files another has in hand', () => {
  it('is passed over for the next that may run, and waits as idle askers do when there is none', async () => {
    const crew = await aCrewWith({ 1: 'src/a/**', 2: 'src/a/x.ts', 3: 'src/b', 4: '' })

    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(1)
    expect(numberOf(await ask(crew.queue, 'w2'))).toBe(3)
    expect(numberOf(await ask(crew.queue, 'w3'))).toBe(4)
    expect(await ask(crew.queue, 'w4')).toEqual({ kind: 'none', retry_after_ms: seconds(15) })
  })

  it.each(['completed', 'released', 'failed'] as const)('is leased once that is %s', async (kind) => {
    const crew = await aCrewWith({ 1: 'src/a/**' })
    await ask(crew.queue, 'w1')
    await crew.queue.add(aKey(2), someFacts(2, ['priority:critical']), 'Files: src/a', 't')
    expect(numberOf(await ask(crew.queue, 'w2'))).toBeUndefined()
    await end(crew, 'w1', 1, kind)

    expect(numberOf(await ask(crew.queue, 'w2'))).toBe(2)
    expect(numberOf(await ask(crew.queue, 'w1'))).toBeUndefined()
  })

  it('is leased once that was withdrawn, or its worker is lost', async () => {
    const crew = await aCrewWith({ 1: 'src/a', 2: 'src/a', 3: 'src/a' })
    await ask(crew.queue, 'w1')
    await crew.queue.withdraw(aKey(1), 'closed', 't')
    expect(numberOf(await ask(crew.queue, 'w2'))).toBe(2)
    crew.clock.advance(minutes(10))

    expect(numberOf(await ask(crew.queue, 'w3'))).toBe(2)
    expect(numberOf(await ask(crew.queue, 'w4'))).toBeUndefined()
  })

  it('goes on waiting while a late heartbeat keeps that lease', async () => {
    const crew = await aCrewWith({ 1: 'src/a', 2: 'src/a' })
    const { token } = await crew.lease('w1')
    crew.clock.advance(minutes(11))
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    await crew.queue.heartbeat({ worker: 'w1', number: 1, repository: REPOSITORY, token, usage, correlation_id: 't' })

    expect(numberOf(await ask(crew.queue, 'w2'))).toBeUndefined()
  })

  it('conflicts with nobody of another repository', async () => {
    const crew = await aCrewWith({ 1: 'src/a' })
    await crew.queue.add(aKey(1, 'acme/till'), someFacts(1), 'Files: src/a', 't')

    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(1)
    expect(numberOf(await ask(crew.queue, 'w2'))).toBe(1)
  })

  it('hides no job behind it, however many such there are', async () => {
    const crew = await aCrewWith(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [n + 1, 'src/a'])))
    await ask(crew.queue, 'w0')
    await crew.queue.add(aKey(100), someFacts(100), 'Files: docs', 't')

    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(100)
  })
})

describe('the price of files', () => {
  it('is half a read unit and three write units of a claim, and nothing of one without', async () => {
    const crew = await aCrewWith({ 1: 'src/a', 2: '', 3: 'src/b' })
    await ask(crew.queue, 'w1')
    const units = meter(crew.client)
    const cost = async (worker: string) => {
      units.reset()
      await ask(crew.queue, worker)
      return units.totals()
    }

    const plain = await cost('w2')
    const filed = await cost('w3')

    expect(plain).toMatchObject({ writes: 3 })
    expect(filed.writes - plain.writes).toBe(3)
    expect(filed.reads - plain.reads).toBeLessThanOrEqual(1)
  })

  it('does not grow with the work that was done', async () => {
    const crew = await aCrewWith(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [n + 1, `src/part-${n}/**`])))
    for (let n = 1; n <= 60; n++) {
      await ask(crew.queue, 'w1')
      await end(crew, 'w1', n, 'completed')
    }

    expect((await crew.store.reservations(REPOSITORY)).holders.length).toBeLessThanOrEqual(12)
  })
})

describe('workers who race for overlapping jobs', () => {
  it('get one at a time, and in the end all', { timeout: 240_000 }, async () => {
    const crew = await aCrewWith(
      Object.fromEntries(Array.from({ length: 12 }, (_, n) => [n + 1, n % 2 ? 'src/*' : 'src/a'])),
    )
    const done: number[] = []
    while (done.length < 12) {
      const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(crew.process(), `w${n}`)))
      const leased = answers.flatMap((answer, n) =>
        answer.kind === 'work' ? [[n, answer.job.key.number] as const] : [],
      )
      expect(leased.length).toBeLessThanOrEqual(1)
      for (const [n, number] of leased) {
        await end(crew, `w${n}`, number, 'completed')
        done.push(number)
      }
    }

    expectSound(crew.changes)
    await expectAllDone(crew, done)
  })

  it('get all at once what does not overlap', async () => {
    const crew = await aCrewWith(Object.fromEntries(Array.from({ length: 8 }, (_, n) => [n + 1, `src/${n}`])))
    const lease = async (worker: string) => {
      for (;;) {
        const number = numberOf(await ask(crew.process(), worker))
        if (number !== undefined) return number
      }
    }
    const leased = await Promise.all(Array.from({ length: 8 }, (_, n) => lease(`w${n}`)))

    expect(new Set(leased).size).toBe(8)
  })
})

describe('a claim with files', () => {
  it('made before a rival’s lease and late to be written is not made', async () => {
    const crew = await aCrewWith({ 1: 'src/a' })
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const slow = ask(
      crew.process({
        ...crew.store,
        async saveReserving(...args) {
          reached.resolve()
          await gate.promise
          return crew.store.saveReserving(...args)
        },
      }),
      'w1',
    )
    await reached.promise
    await crew.queue.add(aKey(2), someFacts(2, ['priority:critical']), 'Files: src/a', 't')
    expect(numberOf(await ask(crew.queue, 'w2'))).toBe(2)
    gate.resolve()

    expect(numberOf(await slow)).toBeUndefined()
    expect((await crew.store.find(aKey(1)))?.state.kind).toBe('pending')
    await end(crew, 'w2', 2, 'completed')
    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(1)
  })

  it('whose worker asks again is let go of when a rival has come between', async () => {
    const crew = await aCrewWith({ 1: 'src/a', 3: 'docs' })
    await ask(crew.process(dieAt(crew.store, 'saveReserving')), 'w1').catch(() => undefined)
    await crew.queue.add(aKey(2), someFacts(2, ['priority:critical']), 'Files: src/a', 't')
    await ask(crew.queue, 'w2')

    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(3)
    expect(await crew.store.worker('w1', { consistent: true })).toMatchObject({ pointer: { key: aKey(3) } })
  })

  it('whose worker asks again is made after all when nobody has', async () => {
    const crew = await aCrewWith({ 1: 'src/a' })
    await ask(crew.process(dieAt(crew.store, 'saveReserving')), 'w1').catch(() => undefined)

    expect(numberOf(await ask(crew.queue, 'w1'))).toBe(1)
    expect(await crew.store.worker('w1', { consistent: true })).toMatchObject({ total_tasks: 1, pointer: { token: 1 } })
  })

  it('is made once though its reply is lost', async () => {
    const crew = await aCrewWith({ 1: 'src/a', 2: 'src/a' })
    const echo = createQueueStore(repeating(crew.table), () => undefined)
    const before = await crew.store.find(aKey(1))
    const reservations = await crew.store.reservations(REPOSITORY)
    const lease = aLeasedJob('w1', undefined, before!)

    expect(await echo.saveReserving(lease, before!, reservations)).toEqual({ kind: 'saved' })
    expect(await crew.store.saveReserving(aLeasedJob('w2', undefined, before!), before!, reservations)).toMatchObject({
      kind: 'stale',
      current: { state: { lease: { worker: 'w1' } } },
    })
    expect(
      await crew.store.saveReserving(aLeasedJob('w2'), aPendingJob(7), { ...reservations, version: 9 }),
    ).toMatchObject({ kind: 'stale' })
  })

  it.each(['before', 'after'] as const)(
    'loses nothing when its process dies %s any call',
    { timeout: 120_000 },
    async (when) => {
      for (let k = 1, died = true; died; k++) {
        const crew = await aCrewWith({ 1: 'src/a', 2: 'src/*', 3: 'docs' })
        const mortal = dying(crew.store, k, when)
        died = await ask(crew.process(mortal.store), 'w1').then(
          () => mortal.hasDied(),
          (error: unknown) => error instanceof Death || Promise.reject(error),
        )
        const drained = await crew.drain()
        expect(drained, `died at call ${k}`).toEqual([1, 2, 3])
        expectSound(crew.changes)
        await expectAllDone(crew, [1, 2, 3])
      }
    },
  )
})

/** A store whose process dies just before its first call of `name`. */
function dieAt(store: QueueStore, name: 'saveReserving'): QueueStore {
  return { ...store, [name]: () => Promise.reject(new Death()) }
}

describe('a holder', () => {
  const holder = { number: 1, token: 1, globs: ['a'] }
  const leased = aLeasedJob()

  it('is gone when its lease has certainly ended', () => {
    expect(hasEnded(holder, undefined)).toBe(false)
    expect(hasEnded(holder, aPendingJob())).toBe(false)
    expect(hasEnded(holder, leased)).toBe(false)
    expect(hasEnded(holder, { ...leased, state: { kind: 'pending', not_before: 0 } })).toBe(true)
    expect(hasEnded(holder, { ...leased, token: 2 })).toBe(true)
  })

  it('is looked for when there are many, then when there are twice as many', () => {
    const holders = Array.from({ length: 12 }, (_, number) => ({ ...holder, number }))
    const many = { repository: REPOSITORY, holders, swept: 0, version: 1 }
    expect(isSweepDue({ ...many, holders: holders.slice(1) })).toBe(false)
    expect(isSweepDue(many)).toBe(true)
    const swept = sweptOf(many, ({ number }) => number > 9)
    expect(swept).toMatchObject({ swept: 10 })
    expect(isSweepDue({ ...many, swept: 10 })).toBe(false)
  })
})
