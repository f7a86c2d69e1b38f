/** How many workers are wanted: the rule by itself, and the figures that it is given. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { desiredWorkers, type Load } from '#lib/queue/desired'
import { createOutlook } from '#lib/queue/outlook'
import { aClock } from '#test/helpers/clock'

const IDLE: Load = { depth: 0, in_progress: 0, finished_last_hour: 0, github_writes_left: 450, blocked: undefined }
const wanted = (load: Partial<Load>, most = 10) => desiredWorkers({ ...IDLE, ...load }, most)

const anyLoad: fc.Arbitrary<Load> = fc.record({
  depth: fc.nat(5_000),
  in_progress: fc.nat(200),
  finished_last_hour: fc.double({ min: 0, max: 5_000, noNaN: true }),
  github_writes_left: fc.nat(500),
  blocked: fc.constantFrom(undefined, undefined, 'The money is spent.'),
})
const most = fc.integer({ min: 1, max: 300 })

describe('the workers wanted', () => {
  it.each<[string, Partial<Load>, number, string]>([
    ['nothing waits and nobody works', {}, 0, 'idle'],
    ['nothing waits but two work', { in_progress: 2 }, 2, 'idle'],
    ['three wait and nobody knows how long one takes', { depth: 3 }, 3, 'backlog'],
    ['many wait', { depth: 90 }, 10, 'max_workers'],
    ['20 wait and two workers do ten an hour', { depth: 18, in_progress: 2, finished_last_hour: 10 }, 4, 'backlog'],
    ['GitHub takes ten writes more', { depth: 9, in_progress: 1, github_writes_left: 10 }, 3, 'github_writes'],
    ['GitHub takes no writes', { depth: 9, in_progress: 1, github_writes_left: 0 }, 1, 'github_writes'],
    ['the money is spent', { depth: 9, in_progress: 2, blocked: 'spent' }, 2, 'blocked'],
  ])('when %s', (_, load, workers_wanted, reason) => {
    expect(wanted(load)).toMatchObject({ workers_wanted, reason })
  })

  it('are a whole number between those at work and the most', () => {
    fc.assert(
      fc.property(anyLoad, most, (load, max) => {
        const { workers_wanted } = desiredWorkers(load, max)
        expect(Number.isInteger(workers_wanted)).toBe(true)
        expect(workers_wanted).toBeLessThanOrEqual(max)
        expect(workers_wanted).toBeGreaterThanOrEqual(Math.min(load.in_progress, max))
        expect(workers_wanted).toBeLessThanOrEqual(load.in_progress + load.depth)
      }),
    )
  })

  it('never fall when more waits, when GitHub takes more, or when more are allowed', () => {
    fc.assert(
      fc.property(anyLoad, most, fc.nat(500), (load, max, more) => {
        const { workers_wanted } = desiredWorkers(load, max)
        const than = (other: Partial<Load>, limit = max) => desiredWorkers({ ...load, ...other }, limit).workers_wanted
        expect(than({ depth: load.depth + more })).toBeGreaterThanOrEqual(workers_wanted)
        expect(than({ github_writes_left: load.github_writes_left + more })).toBeGreaterThanOrEqual(workers_wanted)
        expect(than({}, max + more)).toBeGreaterThanOrEqual(workers_wanted)
      }),
    )
  })
})

describe('the answer to an autoscaler', () => {
  it('shows where its number comes from, and nothing below zero', async () => {
    const counts = { pending: 4, in_progress: -1, completed: 0, failed: 0, withdrawn: 0 }
    const ask = createOutlook({
      counts: async () => counts,
      finishedLastHour: async () => 30,
      writesLeft: async () => 100,
      dayBudget: async () => ({ reason: 'Spent.', until: 1 }),
      clock: aClock(),
      maxWorkers: 5,
    })
    expect(await ask()).toEqual({
      workers_wanted: 0,
      reason: 'blocked',
      blocked: 'Spent.',
      depth: 4,
      in_progress: 0,
      drain_rate_per_minute: 0.5,
      github_writes_left: 100,
      max_workers: 5,
    })
  })
})
