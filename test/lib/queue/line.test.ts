import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { divide, lookAlong } from '#lib/queue/line'
import type { Job } from '#lib/queue/model'
import type { QueueStore } from '#lib/queue/ports'
import { START } from '#test/helpers/clock'
import { aLeasedJob, aPendingJob } from './support/jobs.ts'

const due = (job: Job, not_before: number): Job => ({ ...job, state: { kind: 'pending', not_before } })

/** A line of tickets, and the sizes of the pages that were read from it. */
function aLine(tickets: readonly Job[]) {
  const pages: number[] = []
  const store = {
    async ready(limit: number, cursor = '0') {
      pages.push(limit)
      const from = Number(cursor)
      const items = tickets.slice(from, from + limit)
      const end = from + limit
      return end < tickets.length ? { items, cursor: String(end) } : { items }
    },
  } as Pick<QueueStore, 'ready'> as QueueStore
  return { store, pages }
}

describe('a look along the line', () => {
  const waiting = Array.from({ length: 700 }, (_, n) => due(aPendingJob(n + 1), START + minutes(5) - n))

  it('divides tickets into those whose time has come and the time of the next', () => {
    const [soon, later, now] = [due(aPendingJob(1), START + 5), due(aPendingJob(2), START + 9), aPendingJob(3)]

    expect(divide([soon, later, now], START)).toEqual({ ready: [now], soonest: START + 5 })
    expect(divide([now], START)).toEqual({ ready: [now], soonest: undefined })
    expect(divide([aLeasedJob()], START).ready).toHaveLength(1)
  })

  it('reads one small page when there is something to take', async () => {
    const { store, pages } = aLine([aPendingJob(1), ...waiting])

    expect((await lookAlong(store, START, 8)).ready[0]?.key.number).toBe(1)
    expect(pages).toEqual([8])
  })

  it('finds the one job that is due behind many that wait, in pages that grow', async () => {
    const { store, pages } = aLine([...waiting, aPendingJob(9999)])
    const line = await lookAlong(store, START, 8)

    expect(line.ready.map((job) => job.key.number)).toEqual([9999])
    expect(line.soonest).toBe(START + minutes(5) - 699)
    expect(pages).toEqual([8, 16, 32, 64, 128, 256, 500])
  })

  it('ends, and says when to come again', async () => {
    const endless = { ready: async () => ({ items: [waiting[0]], cursor: 'more' }) } as unknown as QueueStore

    expect(await lookAlong(endless, START, 8)).toEqual({ ready: [], soonest: START + minutes(5) })
    expect(await lookAlong(aLine([]).store, START, 8)).toEqual({ ready: [], soonest: undefined })
    expect(await lookAlong(aLine([due(aPendingJob(), START + seconds(9))]).store, START, 8)).toEqual({
      ready: [],
      soonest: START + seconds(9),
    })
  })
})
