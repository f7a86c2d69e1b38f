/** Looking past what a closed gate holds back: what is found, and what it costs at most. */
import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { createDetour } from '#lib/queue/detour'
import { isHeldBack } from '#lib/queue/gate'
import type { Job } from '#lib/queue/model'
import type { QueueStore } from '#lib/queue/ports'
import { START } from '#test/helpers/clock'
import { aKey } from '#test/helpers/queue'
import { aPendingJob } from './support/jobs.ts'

const SHUT = 'acme/shop'
const OPEN = 'acme/till'
const closed = new Set([SHUT])

const aTicket = (number: number, repository = SHUT): Job => ({ ...aPendingJob(number), key: aKey(number, repository) })
const held = (count: number) => Array.from({ length: count }, (_, at) => aTicket(at + 1))

/** A line of tickets, and how many were read from it since it was last asked. */
function aLine(tickets: readonly Job[]) {
  let read = 0
  const store = {
    async ready(limit: number, cursor = '0') {
      const from = Number(cursor)
      const items = tickets.slice(from, from + limit)
      read += items.length
      return from + limit < tickets.length ? { items, cursor: String(from + limit) } : { items }
    },
    behind: (ticket: Job) => String(tickets.indexOf(ticket) + 1),
  } as Pick<QueueStore, 'ready' | 'behind'> as QueueStore
  const cost = () => {
    const was = read
    read = 0
    return was
  }
  return { detour: createDetour(store), cost }
}

const past = (gates: ReadonlySet<string>) => ({ closed: gates, held: new Set<string>() })

describe('a line behind a closed gate', () => {
  it('costs what it always did while every gate is open', async () => {
    const { detour, cost } = aLine(held(500))

    expect((await detour.look(START, 8, past(new Set()))).ready).toHaveLength(8)
    expect(cost()).toBe(8)
  })

  it("is passed to another repository's work, once; then its place is known", async () => {
    const { detour, cost } = aLine([...held(400), aTicket(1, OPEN), aTicket(2, OPEN)])

    expect((await detour.look(START, 8, past(closed))).ready[0]?.key).toEqual(aKey(1, OPEN))
    expect(cost()).toBeLessThanOrEqual(520)
    expect((await detour.look(START + seconds(1), 8, past(closed))).ready[0]?.key).toEqual(aKey(1, OPEN))
    expect(cost()).toBeLessThanOrEqual(8 + 16)
  })

  it('of any length costs a bounded walk, which the next call takes further', async () => {
    const { detour, cost } = aLine([...held(2_500), aTicket(1, OPEN)])

    expect(await detour.look(START, 8, past(closed))).toMatchObject({ ready: [], isCut: true })
    expect(cost()).toBeLessThanOrEqual(1_004)
    let calls = 1
    for (let found = 0; found === 0; calls++) found = (await detour.look(START + calls, 8, past(closed))).ready.length
    expect(calls).toBeLessThanOrEqual(4)
  })

  it('with nothing else behind it is not walked again for a while', async () => {
    const { detour, cost } = aLine(held(300))
    expect(await detour.look(START, 8, past(closed))).toMatchObject({ ready: [], isCut: false })
    cost()

    await detour.look(START + seconds(29), 8, past(closed))
    expect(cost()).toBe(8)
    await detour.look(START + seconds(31), 8, past(closed))
    expect(cost()).toBe(300)
  })

  it('is walked anew when another gate closes, or when leases came back', async () => {
    const { detour, cost } = aLine(held(300))
    await detour.look(START, 8, past(closed))
    cost()
    await detour.look(START, 8, past(new Set([SHUT, 'acme/other'])))
    expect(cost()).toBe(300)
    detour.forget()
    await detour.look(START, 8, past(closed))
    expect(cost()).toBe(300)
  })

  it('holds back no rework', () => {
    const rework: Job = { ...aTicket(1), review: { verdict: 'changes_requested', at: START, id: 1, rounds: 1 } }

    expect([isHeldBack(aTicket(1), closed), isHeldBack(rework, closed), isHeldBack(aTicket(1, OPEN), closed)]).toEqual([
      true,
      false,
      false,
    ])
  })
})
