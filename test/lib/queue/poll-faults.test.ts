/** The poll when GitHub is slow, wrong, away or asks to wait; when polls meet; and when one dies anywhere. */
import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { createHealth } from '#lib/queue/health'
import type { PollPorts } from '#lib/queue/poll'
import { aJourney, TRIGGER } from '#test/helpers/journey'
import { REPOSITORY } from '#test/helpers/queue'

const OTHER = 'acme/till'
const LISTING = /\/issues$/

type Journey = Awaited<ReturnType<typeof aJourney>>

const namesOf = async ({ store }: Journey) => (await store.ready(500)).items.map(({ key }) => key.number)
const range = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

describe('a poll that GitHub fails', () => {
  it.each([500, 502, 503])('with %i keeps what it knew, says so, and goes on from there', async (status) => {
    const journey = await aJourney()
    const { issue, poll, github, polls, units } = journey
    issue('One')
    await poll()
    await journey.catchUp()
    await poll()
    const before = await polls.read(REPOSITORY)
    github.fail({ match: { path: LISTING }, status, times: 20 })

    expect(await poll()).toMatchObject({ status: 'failed', detail: `GitHub answered ${status}.` })
    const after = await polls.read(REPOSITORY)
    expect(after).toMatchObject({ tags: before?.tags, succeeded_at: before?.succeeded_at })
    expect(after).toMatchObject({ error: { code: 'upstream_unavailable' } })

    github.heal()
    expect(await poll()).toMatchObject({ status: 'unchanged' })
    expect(await polls.read(REPOSITORY)).toMatchObject({ error: null })
    const meter = units()
    await poll()
    expect(meter.totals().writes).toBe(0)
  })

  it('by never answering is given up in time', async () => {
    const { issue, aPoller, github, job } = await aJourney()
    issue('One')
    github.fail({ match: { path: LISTING }, hang: true, times: 20 })

    const report = await aPoller(undefined, { timeoutMs: 100 })(REPOSITORY, 'poll')

    expect(report).toMatchObject({ status: 'failed', detail: 'GitHub did not answer in time.' })
    expect(await job(1)).toBeUndefined()
  })

  it('on the second page loses nothing and doubles nothing', async () => {
    const journey = await aJourney()
    for (const n of range(150)) journey.issue(`Issue ${n}`)
    let lists = 0
    const report = await journey.aPoller((ports) => ports, {
      fetch: async (...args) => {
        if (String(args[0]).includes('page=2') && lists++ < 9) throw new TypeError('the line was cut')
        return fetch(...args)
      },
    })(REPOSITORY, 'poll')
    expect(report).toMatchObject({ status: 'failed' })
    expect(await namesOf(journey)).toEqual([])

    expect(await journey.poll()).toMatchObject({ queued: 150 })
    expect(await journey.poll()).toMatchObject({ queued: 0 })
    expect((await namesOf(journey)).toSorted((a, b) => a - b)).toEqual(range(150))
  })

  it('by showing pages that no longer fit together finds every issue in the end', async () => {
    const journey = await aJourney()
    const { issue, aPoller, edit } = journey
    const late = issue('Labelled while the pages are read', { labels: [] })
    for (const n of range(120)) issue(`Issue ${n}`)
    let isFirst = true
    const report = await aPoller((ports) => ports, {
      fetch: async (...args) => {
        const isSecond = String(args[0]).includes('page=2')
        if (isSecond && isFirst) {
          isFirst = false
          await edit(late, { labels: [TRIGGER] })
        }
        return fetch(...args)
      },
    })(REPOSITORY, 'poll')
    expect(report.status).toBe('reconciled')

    await journey.poll()

    expect((await namesOf(journey)).toSorted((a, b) => a - b)).toEqual(range(121))
  })

  it('in the middle of a reconcile keeps what was done and finishes the rest', async () => {
    const journey = await aJourney()
    const { issue, poll, edit, github, job } = journey
    const numbers = range(3).map((n) => issue(`Issue ${n}`))
    await poll()
    for (const number of numbers) await edit(number, { state: 'closed' })
    github.fail({ match: { path: /\/issues\/2$/ }, status: 502, times: 3 })

    expect(await poll()).toMatchObject({ status: 'failed' })
    expect(await job(3)).toMatchObject({ state: { kind: 'pending' } })
    expect(await poll()).toMatchObject({ withdrawn: 2 })
  })

  it.each([
    [401, 'forbidden', /does not accept the token/],
    [403, 'forbidden', /forbids/],
    [404, 'gone', /not on GitHub/],
  ])('with %i says what is wrong and withdraws nothing', async (status, code, words) => {
    const journey = await aJourney()
    const { issue, poll, github, polls } = journey
    issue('One')
    await poll()
    github.fail({ match: { path: /^\/repos/ }, status, times: 50 })

    expect(await poll()).toMatchObject({ status: 'failed', detail: expect.stringMatching(words) })

    expect(await polls.read(REPOSITORY)).toMatchObject({ error: { code } })
    expect(await namesOf(journey)).toEqual([1])
  })

  it('by hiding the repository half-way withdraws nothing', async () => {
    const journey = await aJourney()
    const { issue, poll, edit, github } = journey
    issue('One')
    await poll()
    await edit(1, { labels: ['ai-in-progress'] })
    issue('Two')
    github.fail({ match: { path: /\/issues\/1$|^\/repos\/acme\/shop$/ }, status: 404, times: 50 })
    await poll()

    expect((await journey.job(1))?.state.kind).toBe('pending')
  })

  it('of a repository that moved says where to, and stops that repository alone', async () => {
    const { issue, poll, github, polls } = await aJourney({ repositories: [REPOSITORY, OTHER] })
    issue('One')
    issue('Two', { repository: OTHER })
    github.seed.rename(REPOSITORY, 'acme/store')

    expect(await poll()).toMatchObject({ status: 'failed', detail: expect.stringContaining('has moved') })
    expect(await poll(OTHER)).toMatchObject({ queued: 1 })
    expect(await polls.read(REPOSITORY)).toMatchObject({ error: { code: 'gone' } })
  })
})

describe('a poll that was asked to wait', () => {
  it.each([429, 403])(
    'by %i asks nothing before the time, neither it nor another process of the token',
    async (status) => {
      const { issue, poll, github, calls, clock, job } = await aJourney({ repositories: [REPOSITORY, OTHER] })
      issue('One')
      github.fail({ match: { path: LISTING }, status, retryAfter: 90, times: 2 })
      expect(await poll()).toMatchObject({ status: 'failed' })
      const asked = calls()

      clock.advance(seconds(89))
      expect([await poll(), await poll(OTHER)]).toMatchObject([{ status: 'waiting' }, { status: 'waiting' }])
      expect(calls()).toBe(asked)

      clock.advance(seconds(1))
      expect(await poll()).toMatchObject({ queued: 1 })
      expect(await poll(OTHER)).toMatchObject({ status: 'reconciled' })
      expect(await job(1)).toMatchObject({ counts: { failures: 0, postponed: 0 } })
    },
  )

  it('waits for what the flusher was told, too', async () => {
    const { issue, poll, pump, flush, github, calls, clock } = await aJourney()
    issue('One')
    await poll()
    await pump()
    github.fail({ match: { method: 'POST', path: /labels$/ }, status: 403, retryAfter: 120 })
    await flush()
    const asked = calls()

    expect(await poll()).toMatchObject({ status: 'waiting' })
    expect(calls()).toBe(asked)
    clock.advance(seconds(120))
    expect((await poll()).status).not.toBe('waiting')
  })
})

describe('polls that meet', () => {
  it('leave the work to one of them', async () => {
    const journey = await aJourney()
    for (const n of range(30)) journey.issue(`Issue ${n}`)

    const reports = await Promise.all(range(4).map(() => journey.poll()))
    await journey.pump()

    expect(reports.reduce((sum, { queued }) => sum + queued, 0)).toBe(30)
    expect(await namesOf(journey)).toHaveLength(30)
    expect(await journey.counts.read()).toMatchObject({ pending: 30 })
  })

  it('of which one sleeps past its lock do no harm', async () => {
    const journey = await aJourney()
    const { aPoller, clock, poll, lease, complete, catchUp, job, counts } = journey
    for (const n of range(3)) journey.issue(`Issue ${n}`)
    let isFirst = true
    const sleepy = aPoller((ports) => ({
      ...ports,
      store: {
        ...ports.store,
        async ready(limit, cursor) {
          const slice = await ports.store.ready(limit, cursor)
          if (!isFirst) return slice
          isFirst = false
          clock.advance(minutes(3))
          await poll()
          const { token, number } = await lease('w1')
          await complete('w1', number, token)
          await catchUp()
          return slice
        },
      },
    }))

    expect(await sleepy(REPOSITORY, 'poll')).toMatchObject({ queued: 0 })
    await catchUp()

    expect(await job(1)).toMatchObject({ generation: 1, state: { finish: { outcome: 'completed' } } })
    expect(await counts.read()).toEqual({ pending: 2, in_progress: 0, completed: 1, failed: 0, withdrawn: 0 })
  })
})

describe('a poll that finds more than it has time for', () => {
  it('leaves the rest to the next before another could take its lock', async () => {
    const journey = await aJourney()
    const { issue, aPoller, clock, poll } = journey
    for (const n of range(5)) issue(`Issue ${n}`)
    const slow = aPoller((ports) => ({
      ...ports,
      store: {
        ...ports.store,
        enqueue: async (job) => {
          clock.advance(seconds(30))
          return ports.store.enqueue(job)
        },
      },
    }))

    expect(await slow(REPOSITORY, 'poll')).toMatchObject({ status: 'reconciled', queued: 3 })
    expect(await poll()).toMatchObject({ status: 'reconciled', queued: 2 })
    expect((await namesOf(journey)).toSorted((a, b) => a - b)).toEqual(range(5))
  })
})

describe('an issue that cannot be settled', () => {
  it('because a newer version wrote its record holds up no other', async () => {
    const journey = await aJourney()
    const { issue, poll, table } = journey
    for (const n of range(3)) issue(`Issue ${n}`)
    const item = { pk: `JOBS#${REPOSITORY}`, sk: '0000000002', kind: 'job', version: 9, state: 'dreaming' }
    await table.put(item)

    expect(await poll()).toMatchObject({ status: 'reconciled', queued: 2 })
    expect(await namesOf(journey)).toEqual([1, 3])
    expect(await table.get(item)).toEqual(item)
  })
})

class Death extends Error {}

/** The poll's world, dying at its `k`th call to the store, before or after the call took effect. */
function mortal(ports: PollPorts, k: number, when: 'before' | 'after') {
  let calls = 0
  const wrap = <T extends object>(part: T): T =>
    Object.fromEntries(
      Object.entries(part).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          calls += 1
          if (calls > k || (calls === k && when === 'before')) throw new Death()
          const answer = await (call as (...given: unknown[]) => Promise<unknown>)(...args)
          if (calls === k) throw new Death()
          return answer
        },
      ]),
    ) as T
  return { ports: { ...ports, store: wrap(ports.store), polls: wrap(ports.polls) }, hasDied: () => calls >= k }
}

/** New, edited, closed, unlabelled while leased, and wanted anew: one issue of each. */
async function aBusyRepository() {
  const journey = await aJourney()
  const { issue, poll, catchUp, edit, lease, fail } = journey
  const wanted = issue('Wanted anew', { labels: [TRIGGER, 'priority:critical'] })
  const leased = issue('Leased', { labels: [TRIGGER, 'priority:high'] })
  const edited = issue('Edited')
  const closed = issue('Closed')
  await poll()
  for (const worker of ['w1', 'w2']) await fail(worker, wanted, (await lease(worker)).token)
  await lease('w3')
  await catchUp()
  await poll()
  await edit(wanted, { labels: [TRIGGER] })
  await edit(leased, { labels: [] })
  await edit(edited, { title: 'New title', body: 'long '.repeat(100), labels: ['ai-in-progress', 'priority:low'] })
  await edit(closed, { state: 'closed' })
  issue('New', { body: 'long '.repeat(100) })
  return journey
}

describe('a poll that dies', () => {
  it.each(['before', 'after'] as const)(
    '%s any call of the store leaves nothing that the next does not mend',
    async (when) => {
      for (let k = 1; ; k++) {
        const journey = await aBusyRepository()
        const { aPoller, clock, poll, catchUp, job, counts, store, told } = journey
        let hasDied = () => false
        const dying = aPoller((ports) => {
          const made = mortal(ports, k, when)
          hasDied = made.hasDied
          return made.ports
        })
        await dying(REPOSITORY, 'dying').catch(() => undefined)
        clock.advance(minutes(3))
        await poll()
        await catchUp()
        await poll()
        await catchUp()

        const where = `${when} call ${k}`
        expect(await job(1), where).toMatchObject({ generation: 2, state: { kind: 'pending' } })
        expect(await job(2), where).toMatchObject({ state: { finish: { outcome: 'withdrawn' } } })
        expect(await job(3), where).toMatchObject({ facts: { title: 'New title', priority: 'low' } })
        expect(await job(4), where).toMatchObject({ state: { finish: { outcome: 'withdrawn' } } })
        expect(await job(5), where).toMatchObject({ generation: 1, state: { kind: 'pending' } })
        const waiting = (await store.ready(10)).items.map(({ key, version }) => `${key.number}@${version}`)
        for (const number of [1, 3, 5]) expect(waiting, where).toContain(`${number}@${(await job(number))?.version}`)
        expect(await counts.read(), where).toEqual({
          pending: 3,
          in_progress: 0,
          completed: 0,
          failed: 0,
          withdrawn: 2,
        })
        expect(
          told.filter(({ after }) => after.key.number === 5),
          where,
        ).toHaveLength(1)
        for (const n of [1, 3, 5]) expect(journey.labelsOf(n), where).toContain('ai-in-progress')
        expect(journey.commentsOn(1), where).toBe(1)
        await journey.github.close()
        if (!hasDied()) break
        expect(k).toBeLessThan(100)
      }
    },
    120_000,
  )
})

describe('the health of a queue whose polls', () => {
  const healthOf = ({ store, polls, counts, clock }: Journey) =>
    createHealth({
      lastSweep: async () => undefined,
      store,
      polls,
      counts: counts.read,
      repositories: async () => [REPOSITORY],
      clock,
      pollIntervalMs: minutes(1),
      version: '1.0.0',
    })

  it('go well is healthy, fail is degraded with the reason, and go well again is healthy again', async () => {
    const journey = await aJourney()
    const { poll, github, clock } = journey
    const health = healthOf(journey)
    expect((await health()).checks.github).toMatchObject({ ok: false, detail: `${REPOSITORY}: not polled yet.` })
    await poll()
    clock.advance(seconds(1))
    expect(await health()).toMatchObject({ status: 'healthy', github_connected: true })
    github.fail({ match: { path: LISTING }, status: 502, times: 20 })
    await poll()
    clock.advance(seconds(1))
    const ailing = await health()
    expect(ailing).toMatchObject({ status: 'degraded', github_connected: false })
    expect(ailing.checks.github.detail).toMatch(
      /upstream_unavailable at .* GitHub answered 502\. Last successful poll 2026/,
    )
    github.heal()
    await poll()
    clock.advance(seconds(1))
    expect(await health()).toMatchObject({ status: 'healthy' })
  })
})
