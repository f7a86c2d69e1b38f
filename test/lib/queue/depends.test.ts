import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from '#lib/queue/body'
import { opened } from '#lib/queue/decide'
import { cyclesOf, findNews, type IssueState, issueOf, settledFacts, withWaits } from '#lib/queue/depends'
import type { Job, JobKey, Waits } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { aKey, REPOSITORY, someFacts } from '#test/helpers/queue'

const at = { now: START, correlation_id: 't' }
const aWaitingJob = (number: number, waits: Waits): Job =>
  opened(aKey(number), { ...someFacts(number), waits }, bodyOf(`Body ${number}`), at)

const graph = (edges: Readonly<Record<number, readonly number[]>>) =>
  new Map(Object.entries(edges).map(([number, on]) => [Number(number), on.map((each) => `#${each}`)]))
const cyclesIn = (edges: Readonly<Record<number, readonly number[]>>) => Object.fromEntries(cyclesOf(graph(edges)))

describe('a cycle', () => {
  it.each([
    [{ 1: [1] }, { 1: ['#1'] }],
    [
      { 1: [2], 2: [1] },
      { 1: ['#1', '#2'], 2: ['#1', '#2'] },
    ],
    [
      { 3: [1], 1: [2], 2: [3] },
      { 1: ['#1', '#2', '#3'], 2: ['#1', '#2', '#3'], 3: ['#1', '#2', '#3'] },
    ],
    [
      { 1: [2], 2: [1], 3: [1], 4: [3, 9] },
      { 1: ['#1', '#2'], 2: ['#1', '#2'] },
    ],
    [{ 1: [2], 2: [3] }, {}],
    [{}, {}],
  ])('among %j is found', (edges, wanted) => {
    expect(cyclesIn(edges)).toEqual(wanted)
  })

  it('is the shortest through each issue, and one of issues that really wait for each other', () => {
    const numbers = fc.integer({ min: 1, max: 7 })
    const edges = fc.dictionary(numbers.map(String), fc.uniqueArray(numbers, { maxLength: 3 }))
    fc.assert(
      fc.property(edges, (some) => {
        const open = some as unknown as Record<number, number[]>
        const cycles = cyclesOf(graph(open))
        for (const number of Object.keys(open).map(Number)) {
          expect(cycles.has(number)).toBe(reaches(open, number, number))
          const cycle = (cycles.get(number) ?? []).map((each) => Number(each.slice(1)))
          for (const [n, each] of cycle.entries()) expect(open[each]).toContain(cycle[(n + 1) % cycle.length])
          if (cycle.length > 0) expect(cycle).toContain(number)
        }
      }),
    )
  })

  it('between repositories is not looked for', () => {
    expect(cyclesOf(new Map([[1, ['acme/till#1']]])).size).toBe(0)
  })
})

/** True when a way of one step or more leads from one issue to the other. */
function reaches(open: Record<number, number[]>, from: number, to: number): boolean {
  const seen = new Set<number>()
  const queue = [from]
  for (const each of queue) {
    for (const next of open[each] ?? []) {
      if (next === to) return true
      if (!seen.has(next)) queue.push(next)
      seen.add(next)
    }
  }
  return false
}

describe('what is news about a waiting job', () => {
  const states = (known: Readonly<Record<string, IssueState>>) => (key: JobKey) =>
    known[`${key.repository}#${key.number}`]

  it('is what was closed, until nothing is left', () => {
    const job = aWaitingJob(3, { on: ['#1', 'acme/till#2'] })
    const one = findNews([job], states({ [`${REPOSITORY}#1`]: 'closed', 'acme/till#2': 'open' }))
    const both = findNews([job], states({ [`${REPOSITORY}#1`]: 'closed', 'acme/till#2': 'closed' }))

    expect(one).toEqual([{ job, waits: { on: ['acme/till#2'] } }])
    expect(both).toEqual([{ job, waits: undefined }])
  })

  it('is nothing while nothing is known, or nothing changed', () => {
    const job = aWaitingJob(3, { on: ['#1', '#…'], missing: ['#1'] })

    expect(findNews([job], states({}))).toEqual([])
    expect(findNews([opened(aKey(1), someFacts(1), bodyOf(''), at)], states({}))).toEqual([])
    expect(findNews([job], states({ [`${REPOSITORY}#1`]: 'missing' }))).toEqual([])
  })

  it('is what cannot be found, and what is there again', () => {
    const lost = aWaitingJob(3, { on: ['#1'], missing: ['#1'] })

    expect(findNews([lost], states({ [`${REPOSITORY}#1`]: 'open' }))).toEqual([{ job: lost, waits: { on: ['#1'] } }])
    expect(findNews([aWaitingJob(3, { on: ['#1'] })], states({ [`${REPOSITORY}#1`]: 'missing' }))).toMatchObject([
      { waits: { on: ['#1'], missing: ['#1'] } },
    ])
  })

  it('is a cycle that came about, and one that came apart', () => {
    const jobs = [aWaitingJob(1, { on: ['#2'] }), aWaitingJob(2, { on: ['#1'], cycle: ['#2'] })]
    const cycle = ['#1', '#2']

    expect(findNews(jobs, states({}))).toMatchObject([{ waits: { cycle } }, { waits: { cycle } }])
    expect(findNews(jobs.slice(1), states({}))).toMatchObject([{ waits: { on: ['#1'] } }])
  })
})

describe('a reference', () => {
  it('names an issue of its own repository, of another, or none', () => {
    expect(issueOf('#7', REPOSITORY)).toEqual(aKey(7))
    expect(issueOf('acme/till#7', REPOSITORY)).toEqual(aKey(7, 'acme/till'))
    expect(issueOf('#…', REPOSITORY)).toBeUndefined()
  })
})

describe('an edited issue', () => {
  const job = aWaitingJob(1, { on: ['#2'], cycle: ['#1', '#2'] })
  const said = withWaits(someFacts(1), { on: ['#2', '#3'] })

  it('whose body did not change waits for what was left', () => {
    const { waits: _, ...free } = job.facts
    expect(settledFacts(said, job.body, job)).toEqual({ ...said, waits: job.facts.waits })
    expect(settledFacts(said, job.body, { ...job, facts: free })).toEqual(free)
  })

  it('whose body changed waits for what it says now, its cycle noted until it is looked for anew', () => {
    const body = bodyOf('New')
    const { waits: _, ...free } = said
    expect(settledFacts(said, body, job).waits).toEqual({ on: ['#2', '#3'], cycle: ['#1', '#2'] })
    expect(settledFacts(free, body, job)).toEqual(free)
    expect(settledFacts(said, body, aWaitingJob(1, { on: ['#2'] }))).toEqual(said)
  })
})
