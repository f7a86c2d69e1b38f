/** Issues that depend on others: from GitHub, over the poll, to the queue and back. */
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { createLists } from '#lib/queue/lists'
import { aJourney } from '#test/helpers/journey'
import { aKey, POLICY, REPOSITORY } from '#test/helpers/queue'
import { Death, dying } from './support/stores.ts'

type Journey = Awaited<ReturnType<typeof aJourney>>

/** Issues 1, 2, … with these bodies, polled once. */
async function aJourneyWith(...bodies: readonly string[]) {
  const journey = await aJourney()
  for (const [n, body] of bodies.entries()) journey.issue(`Issue ${n + 1}`, { body })
  await journey.poll()
  return journey
}

const close = (journey: Journey, number: number) => journey.edit(number, { state: 'closed' })

async function listed({ store, clock, counts }: Journey) {
  const repositories = async () => [REPOSITORY]
  const lists = createLists({ store, clock, policy: POLICY, repositories, counts: counts.read })
  const { pending } = await lists.list({ limit: 100, status: 'pending' })
  return Object.fromEntries(pending.map((item) => [item.issue_number, item.waiting_for]))
}

const ready = async ({ store }: Journey) => (await store.ready(100)).items.map(({ key }) => key.number)
const waiting = async ({ store }: Journey) => (await store.waiting(REPOSITORY, 100)).items.map(({ key }) => key.number)

describe('an issue that depends on others', () => {
  it('is queued, shown in progress, and not leased until all of them are closed', async () => {
    const journey = await aJourneyWith('First', 'Second', 'Depends on: #1, #2')
    await journey.catchUp()
    expect(await ready(journey)).toEqual([1, 2])
    expect(journey.labelsOf(3)).toEqual(['ai-in-progress'])
    expect(await journey.counts.read()).toMatchObject({ pending: 3 })

    await close(journey, 1)
    expect(await journey.poll()).toMatchObject({ withdrawn: 1, unblocked: 0 })
    expect(await listed(journey)).toMatchObject({ 3: [{ kind: 'dependency', issues: [`${REPOSITORY}#2`] }] })

    await close(journey, 2)
    expect(await journey.poll()).toMatchObject({ withdrawn: 1, unblocked: 1 })
    expect(await journey.lease('w1')).toMatchObject({ number: 3 })
    await journey.catchUp()
    expect(await journey.counts.read()).toMatchObject({ pending: 0, in_progress: 1 })
  })

  it('is let go when an issue that nobody asked the queue to do is closed, and costs no write meanwhile', async () => {
    const journey = await aJourney()
    const other = journey.issue('Done by people', { labels: [] })
    journey.issue('Waits', { body: `Depends on: #${other}` })
    await journey.poll()
    await journey.catchUp()
    await journey.poll()
    const units = journey.units()
    expect(await journey.poll()).toMatchObject({ status: 'unchanged', unblocked: 0 })
    expect(units.totals()).toMatchObject({ writes: 0, refused: 0 })

    await close(journey, other)

    expect(await journey.poll()).toMatchObject({ status: 'unchanged', unblocked: 1 })
    expect(await ready(journey)).toEqual([2])
  })

  it('may go at once when they are closed already', async () => {
    const journey = await aJourney()
    const other = journey.issue('Old', { labels: [] })
    await close(journey, other)
    journey.issue('Goes', { body: `Depends on: #${other}` })

    expect(await journey.poll()).toMatchObject({ queued: 1, unblocked: 1 })
    expect(await ready(journey)).toEqual([2])
  })

  it('waits for one that does not exist, and says so', async () => {
    const journey = await aJourneyWith('Depends on: #99, acme/nowhere#1')

    expect(await ready(journey)).toEqual([])
    expect(await listed(journey)).toMatchObject({
      1: [
        { kind: 'missing', issues: [`${REPOSITORY}#99`] },
        { kind: 'missing', issues: ['acme/nowhere#1'] },
      ],
    })
  })

  it('waits while it names more than are read, and says so', async () => {
    const journey = await aJourneyWith(`Depends on: ${Array.from({ length: 33 }, (_, n) => `#${n + 100}`).join(' ')}`)

    expect((await listed(journey))[1]?.at(-1)).toMatchObject({ kind: 'too_many', issues: [] })
  })

  it('waits for issues of another repository', async () => {
    const journey = await aJourney({ repositories: [REPOSITORY, 'acme/till'] })
    const other = journey.issue('There', { repository: 'acme/till' })
    journey.issue('Here', { body: `Depends on: acme/till#${other}` })
    expect(await journey.poll()).toMatchObject({ unblocked: 0 })
    await journey.edit(other, { state: 'closed' }, 'acme/till')

    expect(await journey.poll()).toMatchObject({ unblocked: 1 })
  })

  it('stays as it was while GitHub cannot be asked, and the poll says so', async () => {
    const journey = await aJourneyWith('Depends on: #50')
    const refusing = (code: 'forbidden' | 'rate_limited', retryAfter?: number) => ({
      stateOf: () => Promise.reject(new AppError(code, 'No.', retryAfter === undefined ? {} : { retryAfter })),
    })
    const poll = (states: ReturnType<typeof refusing>) =>
      journey.aPoller((ports) => ({ ...ports, states }))(REPOSITORY, 'poll')

    expect(await poll(refusing('forbidden'))).toMatchObject({ unblocked: 0, detail: expect.stringContaining('No.') })
    await poll(refusing('rate_limited', 60))
    expect(await journey.poll()).toMatchObject({ status: 'waiting' })
    expect(await waiting(journey)).toEqual([1])
  })

  it('takes its turn to be looked up when there are many', async () => {
    const journey = await aJourney()
    for (let n = 0; n < 60; n++) journey.issue('Other', { labels: [] })
    for (let n = 0; n < 60; n++) await close(journey, n + 1)
    for (let n = 0; n < 60; n++) journey.issue('Waits', { body: `Depends on: #${n + 1}` })

    expect(await journey.poll()).toMatchObject({ unblocked: 50 })
    journey.clock.advance(60_000)
    await journey.poll()
    expect(await waiting(journey)).toEqual([])
  })
})

describe('an edit of a waiting issue', () => {
  it('that takes the dependency out lets it go; one that puts it back holds it back again', async () => {
    const journey = await aJourneyWith('First', 'Depends on: #1')
    await journey.edit(2, { body: 'Never mind.' })
    await journey.poll()
    expect(await ready(journey)).toEqual([1, 2])

    await journey.edit(2, { body: 'On second thought.\nDepends on: #1' })
    await journey.poll()
    expect(await ready(journey)).toEqual([1])
    expect(await waiting(journey)).toEqual([2])
  })

  it('of its title asks for no closed dependency anew', async () => {
    const journey = await aJourneyWith('First', 'Depends on: #1')
    await close(journey, 1)
    await journey.poll()
    await journey.edit(2, { title: 'New title' })

    expect(await journey.poll()).toMatchObject({ refreshed: 1, unblocked: 0 })
    expect(await ready(journey)).toEqual([2])
  })
})

describe('a job that was leased before', () => {
  it('and comes back does not wait for what was closed; asked for anew it does what its issue says now', async () => {
    const journey = await aJourneyWith('First', 'Depends on: #1')
    await close(journey, 1)
    await journey.poll()
    const { token } = await journey.lease('w1')
    await journey.fail('w1', 2, token)
    expect(await ready(journey)).toEqual([2])

    await journey.queue.withdraw(aKey(2), 'Not now.', 't')
    await journey.queue.redrive(aKey(2), 't', {
      facts: { ...(await journey.job(2))!.facts, waits: { on: ['#1'] } },
      text: 'Depends on: #1',
    })
    expect(await ready(journey)).toEqual([])
    expect(await journey.poll()).toMatchObject({ unblocked: 1 })
  })

  it('and was withdrawn while it waited still waits when an operator asks for it', async () => {
    const journey = await aJourneyWith('First', 'Depends on: #1')
    await journey.queue.withdraw(aKey(2), 'Not now.', 't')
    expect(await waiting(journey)).toEqual([])
    await journey.queue.redrive(aKey(2), 't')

    expect(await ready(journey)).toEqual([1])
    expect(await waiting(journey)).toEqual([2])
  })
})

describe('issues that wait for each other', () => {
  it.each([
    ['one for itself', ['Depends on: #1']],
    ['two', ['Depends on: #2', 'Depends on: #1']],
    ['three', ['Depends on: #2', 'Depends on: #3', 'Depends on: #1']],
  ])('%s: each says so, with one comment, and none is leased', async (_, bodies) => {
    const journey = await aJourneyWith(...bodies)
    for (let round = 0; round < 3; round++) {
      await journey.catchUp()
      await journey.poll()
    }

    const issues = bodies.map((_, n) => `${REPOSITORY}#${n + 1}`)
    const items = await listed(journey)
    for (const [n] of bodies.entries()) {
      expect(items[n + 1]?.[0]).toMatchObject({ kind: 'cycle', issues })
      expect(journey.commentsOn(n + 1)).toBe(1)
    }
    expect(await ready(journey)).toEqual([])
  })

  it('say it once though one is edited, anew when the circle is another, and go when it is broken', async () => {
    const journey = await aJourneyWith('Depends on: #2', 'Depends on: #1', 'Depends on: #1')
    await journey.catchUp()
    expect(journey.commentsOn(3)).toBe(0)
    await journey.edit(1, { body: 'Really depends on others.\nDepends on: #2' })
    await journey.poll()
    await journey.catchUp()
    expect(journey.commentsOn(1)).toBe(1)

    await journey.edit(1, { body: 'Depends on: #3' })
    await journey.poll()
    await journey.catchUp()
    expect([journey.commentsOn(1), journey.commentsOn(3)]).toEqual([2, 1])

    await journey.edit(1, { body: 'Free.' })
    expect(await journey.poll()).toMatchObject({ refreshed: 1 })
    expect(await ready(journey)).toEqual([1])
    expect(await listed(journey)).toMatchObject({ 2: [{ kind: 'dependency' }], 3: [{ kind: 'dependency' }] })
  })
})

describe('what waits for files', () => {
  it('is shown with who has them in hand', async () => {
    const journey = await aJourneyWith('Files: src/a/**', 'Files: src/a/x.ts', `Files: src/b\n${'x'.repeat(300)}`)
    await journey.lease('w1')

    expect(await listed(journey)).toEqual({
      2: [{ kind: 'files', issues: [`${REPOSITORY}#1`], detail: '#1 has src/a/** in hand.' }],
      3: undefined,
    })
  })
})

/** What fresh workers are given, whatever tickets a crash has left behind. */
async function leasable({ ask }: Journey): Promise<number[]> {
  const given: number[] = []
  for (let n = 0; n < 5; n++) {
    const answer = await ask(`fresh-${n}`)
    if (answer.kind === 'work') given.push(answer.job.key.number)
  }
  return given.toSorted((a, b) => a - b)
}

describe.each(['before', 'after'] as const)('a poll that dies %s any of its calls', (when) => {
  const acts: readonly [string, (journey: Journey) => Promise<unknown>][] = [
    ['lets an issue go', (journey) => close(journey, 1)],
    ['takes in an edit that holds one back', (journey) => journey.edit(1, { body: 'Depends on: #3' })],
    ['takes in an edit that lets one go', (journey) => journey.edit(2, { body: 'Free.' })],
    ['withdraws one that waits', (journey) => close(journey, 2)],
  ]

  it.each(acts)('and %s: the next one finishes', { timeout: 120_000 }, async (_, act) => {
    let wanted: { leasable: number[]; waiting: number[] } | undefined
    for (let k = 0, died = true; died; k++) {
      const journey = await aJourneyWith('First', 'Depends on: #1', 'Third')
      await journey.catchUp()
      await journey.poll()
      await act(journey)
      // The 0th poll never dies: it tells what the others must come to.
      const mortal = dying(journey.store, k === 0 ? 10_000 : k, when)
      const outcome = await journey
        .aPoller((ports) => ({ ...ports, store: mortal.store }))(REPOSITORY, 'poll')
        .then(
          () => mortal.hasDied(),
          (error: unknown) => error instanceof Death || String(error).includes('died') || Promise.reject(error),
        )
      journey.clock.advance(120_000)
      await journey.poll()
      await journey.poll()
      const found = { leasable: await leasable(journey), waiting: await waiting(journey) }
      wanted ??= found
      expect(found, `died at call ${k}`).toEqual(wanted)
      died = k === 0 || outcome
    }
  })
})
