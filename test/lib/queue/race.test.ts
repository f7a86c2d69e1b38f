/** Many at once, against a real engine. On a busy machine that takes its time. */
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { aKey, aReport } from '#test/helpers/queue'
import { aCrew, ask, expectAllDone, expectSound } from './support/crew.ts'

const numbers = (n: number) => Array.from({ length: n }, (_, index) => index + 1)

const PATIENCE = { timeout: 240_000 }

describe('many workers', PATIENCE, () => {
  it('64 of them share 200 issues, each leased and completed exactly once', async () => {
    const crew = await aCrew()
    await crew.has(...numbers(200))
    const taken: number[] = []

    await Promise.all(
      numbers(64).map(async (n) => {
        const queue = crew.process()
        const worker = `w${n}`
        for (let misses = 0; misses < 2; ) {
          const answer = await ask(queue, worker)
          if (answer.kind === 'none') {
            misses += 1
            continue
          }
          const { key, token } = answer.job
          taken.push(key.number)
          await queue.report(aReport({ worker, number: key.number, kind: 'completed', token }))
        }
      }),
    )

    expect(taken.toSorted((a, b) => a - b)).toEqual(numbers(200))
    expectSound(crew.changes)
    await expectAllDone(crew, numbers(200))
  })

  it('one that asks ten times at once is given one lease', async () => {
    const { has, process, store } = await aCrew()
    await has(...numbers(10))
    const answers = await Promise.all(numbers(10).map(() => ask(process(), 'w1')))
    const leases = answers.map((answer) =>
      answer.kind === 'work' ? `${answer.job.key.number}/${answer.job.token}` : '',
    )

    expect(new Set(leases)).toEqual(new Set([leases[0]]))
    expect(leases[0]).not.toBe('')
    expect((await store.ready(20)).items).toHaveLength(9)
    expect(await store.worker('w1', { consistent: true })).toMatchObject({ total_tasks: 1 })
  })
})

describe('a completion and a reaper at the same instant', PATIENCE, () => {
  it.each([0, 1])('exactly one wins, %i ms after the end of the lease by the reaper', async (late) => {
    for (let round = 0; round < 10; round++) {
      const { has, lease, clock, process, store, changes } = await aCrew()
      await has(1)
      const { token } = await lease('w1')
      clock.advance(minutes(10) - 1)
      const report = aReport({ worker: 'w1', number: 1, kind: 'completed', token })
      const [completed, reaped] = await Promise.allSettled([
        process().report(report),
        process().reap({ now: clock.now() + 1 + late, correlation_id: 'reap' }),
      ])

      const job = await store.record(aKey(1))
      const isDone = job?.state.kind === 'finished'
      expect(completed.status).toBe(isDone ? 'fulfilled' : 'rejected')
      expect(reaped).toEqual({ status: 'fulfilled', value: isDone ? 0 : 1 })
      expect((await store.ready(10)).items).toHaveLength(isDone ? 0 : 1)
      expectSound(changes)
    }
  })
})

describe('reports of one lease at the same instant', () => {
  it('count once, whichever is first', async () => {
    const { has, lease, process, store, changes } = await aCrew()
    await has(1)
    const { token } = await lease('w1')
    const kinds = ['completed', 'failed', 'released', 'rate_limited', 'completed', 'failed'] as const
    const answers = await Promise.allSettled(
      kinds.map((kind) => process().report(aReport({ worker: 'w1', number: 1, kind, token }))),
    )

    const job = await store.record(aKey(1))
    const accepted = kinds.filter((_, n) => answers[n]?.status === 'fulfilled')
    expect(new Set(accepted)).toEqual(new Set([job?.ended?.report]))
    expect(job?.version).toBe(3)
    expectSound(changes)
  })
})
