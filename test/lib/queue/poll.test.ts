/** What the poll makes of what people do on GitHub: over HTTP, on a real table, with labels that really come back. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { NO_USAGE } from '#lib/queue/decide'
import { aJourney, TRIGGER } from '#test/helpers/journey'
import { REPOSITORY } from '#test/helpers/queue'

const OTHER = 'acme/till'

const beatOf = (number: number, token: number) =>
  ({ worker: 'w1', number, repository: REPOSITORY, token, usage: NO_USAGE, correlation_id: 'beat' }) as const

/** A journey on which issue 1 was queued, and GitHub shows it. */
async function aQueuedIssue(more: { body?: string; labels?: readonly string[] } = {}) {
  const journey = await aJourney()
  const number = journey.issue('Add a coupon field', more)
  await journey.poll()
  await journey.catchUp()
  return { ...journey, number }
}

/** A journey on which the work on issue 1 ended, and GitHub shows it. */
async function aFinishedIssue(how: 'completed' | 'failed') {
  const journey = await aQueuedIssue()
  const { number, lease, complete, fail, catchUp, poll } = journey
  for (const worker of how === 'completed' ? ['w1'] : ['w1', 'w2']) {
    const { token } = await lease(worker)
    await (how === 'completed' ? complete : fail)(worker, number, token)
  }
  await catchUp()
  await poll()
  return journey
}

describe('a new issue', () => {
  it('is queued, and shown in progress instead of ready', async () => {
    const { issue, poll, catchUp, job, labelsOf, counts } = await aJourney()
    const number = issue('Add a coupon field', { body: 'To the checkout.', labels: [TRIGGER, 'bug', 'priority: high'] })

    expect(await poll()).toMatchObject({ status: 'reconciled', queued: 1 })
    await catchUp()

    expect(await job(number)).toMatchObject({ facts: { title: 'Add a coupon field', priority: 'high' } })
    expect(labelsOf(number).toSorted()).toEqual(['ai-in-progress', 'bug', 'priority: high'])
    expect(await counts.read()).toMatchObject({ pending: 1 })
  })

  it('is queued once, however often it is polled', async () => {
    const { poll, counts, store, catchUp } = await aQueuedIssue()
    for (let round = 0; round < 3; round++) {
      expect(await poll()).toMatchObject({ queued: 0, refreshed: 0, withdrawn: 0 })
      await catchUp()
    }

    expect((await store.ready(10)).items).toHaveLength(1)
    expect(await counts.read()).toMatchObject({ pending: 1 })
  })

  it('costs the table nothing while GitHub reports no change', async () => {
    const { poll, units } = await aQueuedIssue()
    await poll()
    const meter = units()

    for (let round = 0; round < 4; round++) expect(await poll()).toMatchObject({ status: 'unchanged' })

    expect(meter.totals()).toMatchObject({ writes: 0, refused: 0 })
  })

  it.each([
    ['needs-clarification', [TRIGGER, 'needs-clarification']],
    ['a state label that the store does not explain', [TRIGGER, 'ai-completed']],
    ['the label of work in progress alone', ['ai-in-progress']],
  ])('with %s is left alone', async (_, labels) => {
    const { issue, poll, catchUp, job, labelsOf, github } = await aJourney()
    const number = issue('Leave me', { labels })
    const before = github.stats().issues[`${REPOSITORY}#${number}`]

    expect(await poll()).toMatchObject({ queued: 0, left_alone: 1 })
    await catchUp()

    expect(await job(number)).toBeUndefined()
    expect(labelsOf(number)).toEqual(labels)
    expect(github.stats().issues[`${REPOSITORY}#${number}`]).toEqual(before)
  })

  it('is queued once its question is answered', async () => {
    const { issue, poll, edit } = await aJourney()
    const number = issue('Answer me', { labels: [TRIGGER, 'needs-clarification'] })
    await poll()
    await edit(number, { labels: [TRIGGER] })

    expect(await poll()).toMatchObject({ queued: 1 })
  })

  it('on any page is found', async () => {
    const { issue, poll, store } = await aJourney()
    for (let n = 0; n < 230; n++) issue(`Issue ${n}`)

    expect(await poll()).toMatchObject({ queued: 230 })
    expect((await store.ready(500)).items).toHaveLength(230)
  })

  it('of each repository is queued under its own name', async () => {
    const { issue, poll, job } = await aJourney({ repositories: [REPOSITORY, OTHER] })
    const [here, there] = [issue('Here'), issue('There', { repository: OTHER })]
    await Promise.all([poll(REPOSITORY), poll(OTHER)])

    expect([here, there]).toEqual([1, 1])
    expect(await job(1)).toMatchObject({ facts: { title: 'Here' } })
    expect(await job(1, OTHER)).toMatchObject({ facts: { title: 'There' } })
  })
})

describe('an edited issue', () => {
  it('is brought up to date while it waits: title, body and place in the line', async () => {
    const { number, edit, poll, job, ask, store } = await aQueuedIssue()
    await edit(number, { title: 'New title', body: 'y'.repeat(300), labels: ['ai-in-progress', 'priority:critical'] })

    expect(await poll()).toMatchObject({ refreshed: 1 })

    expect(await job(number)).toMatchObject({ facts: { title: 'New title', priority: 'critical' }, generation: 1 })
    expect((await store.ready(10)).items).toHaveLength(1)
    expect(await ask('w1')).toMatchObject({ kind: 'work', body: 'y'.repeat(300) })
  })

  it('is noticed even within the second in which it was read', async () => {
    const { issue, poll, edit, job, clock } = await aJourney()
    const number = issue('Old title')
    await poll()
    clock.advance(500)
    await edit(number, { title: 'New title' })

    expect(await poll()).toMatchObject({ refreshed: 1 })
    expect(await job(number)).toMatchObject({ facts: { title: 'New title' } })
  })

  it('is one edit however often it is polled, and our own labels are none', async () => {
    const { number, edit, poll, catchUp, told } = await aQueuedIssue()
    await edit(number, { title: 'New title' })
    await poll()
    await catchUp()

    expect(await poll()).toMatchObject({ refreshed: 0 })
    await catchUp()
    expect(told.map(({ after }) => after.seq)).toEqual([1, 2])
  })

  it('that a worker has in hand is noted, and in force when it comes back to the line', async () => {
    const { number, edit, poll, lease, fail, job } = await aQueuedIssue()
    const { token } = await lease('w1')
    await edit(number, { title: 'New title' })
    expect(await poll()).toMatchObject({ refreshed: 1 })
    expect(await job(number)).toMatchObject({ facts: { title: 'Add a coupon field' } })
    await fail('w1', number, token)

    expect(await job(number)).toMatchObject({ facts: { title: 'New title' }, counts: { failures: 1 } })
  })
})

describe('an issue taken away', () => {
  type Journey = Awaited<ReturnType<typeof aQueuedIssue>>
  const ways: readonly [string, RegExp, (journey: Journey) => unknown][] = [
    ['closed', /closed/, ({ edit, number }) => edit(number, { state: 'closed' })],
    ['unlabelled', /were removed/, ({ edit, number }) => edit(number, { labels: ['bug'] })],
    ['deleted', /410/, ({ github, number }) => github.seed.deleteIssue(REPOSITORY, number)],
  ]

  it.each(ways)('by being %s is withdrawn from the line, with the reason', async (_, reason, takeAway) => {
    const journey = await aQueuedIssue({ labels: [TRIGGER, 'bug'] })
    await takeAway(journey)

    expect(await journey.poll()).toMatchObject({ withdrawn: 1 })
    await journey.catchUp()

    const finish = { outcome: 'withdrawn', error: expect.stringMatching(reason) }
    expect(await journey.job(journey.number)).toMatchObject({ state: { kind: 'finished', finish } })
    expect(await journey.ask('w1')).toMatchObject({ kind: 'none' })
    expect(journey.labelsOf(journey.number)).not.toContain('ai-in-progress')
    expect(await journey.counts.read()).toMatchObject({ pending: 0, withdrawn: 1 })
  })

  it.each(ways)(
    'by being %s is taken from the hands of its worker at the next heartbeat',
    async (_, reason, takeAway) => {
      const journey = await aQueuedIssue()
      const { number, queue, lease, poll, pump, counts } = journey
      const { token } = await lease('w1')
      await takeAway(journey)
      await poll()
      await pump()

      expect(await queue.heartbeat(beatOf(number, token))).toMatchObject({ cancel: expect.stringMatching(reason) })
      expect(await counts.read()).toMatchObject({ in_progress: 0, withdrawn: 1 })
    },
  )

  it('and labelled again later is a new generation', async () => {
    const { number, edit, poll, catchUp, job } = await aQueuedIssue()
    await edit(number, { state: 'closed' })
    await poll()
    await catchUp()
    await edit(number, { state: 'open', labels: [TRIGGER] })

    expect(await poll()).toMatchObject({ redriven: 1 })
    expect(await job(number)).toMatchObject({ generation: 2, state: { kind: 'pending' } })
  })

  it('in another repository withdraws nothing here', async () => {
    const { issue, poll, edit, job } = await aJourney({ repositories: [REPOSITORY, OTHER] })
    const [here, there] = [issue('Here'), issue('There', { repository: OTHER })]
    await poll()
    await poll(OTHER)
    await edit(there, { state: 'closed' }, OTHER)

    expect(await poll(OTHER)).toMatchObject({ withdrawn: 1 })
    expect(await poll()).toMatchObject({ withdrawn: 0 })
    expect(await job(here)).toMatchObject({ state: { kind: 'pending' } })
  })
})

describe('finished work', () => {
  it('that is done carries one comment and one state label, and stays done', async () => {
    const { number, poll, catchUp, labelsOf, commentsOn, job } = await aFinishedIssue('completed')
    await poll()
    await catchUp()

    expect(labelsOf(number)).toEqual(['ai-completed'])
    expect(commentsOn(number)).toBe(1)
    expect(await job(number)).toMatchObject({ generation: 1 })
  })

  it('that was given up starts over when a person puts the label back, with fresh attempts and the last error', async () => {
    const { number, edit, poll, catchUp, job, labelsOf, commentsOn } = await aFinishedIssue('failed')
    expect(labelsOf(number)).toEqual(['ai-failed'])
    await edit(number, { labels: [TRIGGER] })

    expect(await poll()).toMatchObject({ redriven: 1 })
    await catchUp()

    const previous = { error: 'It broke.' }
    expect(await job(number)).toMatchObject({ generation: 2, counts: { failures: 0 }, previous })
    expect(labelsOf(number)).toEqual(['ai-in-progress'])
    expect(commentsOn(number)).toBe(1)
  })

  it('that was given up stays so while it still carries the label of that', async () => {
    const { number, edit, poll, job } = await aFinishedIssue('failed')
    await edit(number, { labels: [TRIGGER, 'ai-failed'] })

    expect(await poll()).toMatchObject({ redriven: 0 })
    expect(await job(number)).toMatchObject({ generation: 1 })
  })

  it('is not begun anew because its label is still on its way to GitHub', async () => {
    const { issue, poll, lease, complete, job, catchUp, edit } = await aJourney()
    const number = issue('Quickly done')
    await poll()
    const { token } = await lease('w1')
    await complete('w1', number, token)

    // GitHub still shows the issue as it was first seen: labelled, in no state.
    issue('Another')
    expect(await poll()).toMatchObject({ queued: 1, redriven: 0 })
    expect(await poll()).toMatchObject({ status: 'reconciled', redriven: 0 })
    expect(await job(number)).toMatchObject({ generation: 1, state: { finish: { outcome: 'completed' } } })

    await catchUp()
    await edit(number, { labels: [TRIGGER] })
    expect(await poll()).toMatchObject({ redriven: 1 })
  })

  it('is not begun anew by a listing that is older than its label', async () => {
    const { issue, aPoller, poll, lease, complete, job, catchUp, clock } = await aJourney()
    const number = issue('Overtaken')
    await poll()
    const { token } = await lease('w1')
    issue('Another')
    const overtaken = aPoller((ports) => ({
      ...ports,
      source: {
        ...ports.source,
        async list(repository, label, tag) {
          const listing = await ports.source.list(repository, label, tag)
          if (label !== TRIGGER || tag !== undefined) return listing
          // Before the listing is acted on, the work is done and GitHub has been told so.
          await complete('w1', number, token)
          await catchUp()
          clock.advance(seconds(1))
          return listing
        },
      },
    }))

    expect(await overtaken(REPOSITORY, 'poll')).toMatchObject({ queued: 1, redriven: 0, left_alone: 1 })
    expect(await job(number)).toMatchObject({ generation: 1, state: { finish: { outcome: 'completed' } } })
  })

  it('is begun anew once, however many polls saw the wish', async () => {
    const { number, edit, poll, aPoller, lease, complete, catchUp, job, clock } = await aFinishedIssue('failed')
    await edit(number, { labels: [TRIGGER] })
    let isFirst = true
    const slow = aPoller((ports) => ({
      ...ports,
      source: {
        ...ports.source,
        async find(repository, of) {
          const found = await ports.source.find(repository, of)
          if (!isFirst) return found
          isFirst = false
          // It sleeps past its lock; another poll starts over and a worker is done with it.
          clock.advance(minutes(3))
          await poll()
          const { token } = await lease('w3')
          await complete('w3', number, token)
          await catchUp()
          return found
        },
      },
    }))

    expect(await slow(REPOSITORY, 'poll')).toMatchObject({ redriven: 0 })
    expect(await job(number)).toMatchObject({ generation: 2, state: { finish: { outcome: 'completed' } } })
  })
})
