/** What GitHub says of an issue while a worker has it in hand: kept, and in force from the moment it returns to the line. */
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { createIssueSource } from '#lib/github/source'
import { asItReads, expired, refreshed, reopened, reported, sentBack } from '#lib/queue/decide'
import { createReconcile } from '#lib/queue/reconcile'
import { aClient } from '#test/helpers/github'
import { aJourney, TRIGGER } from '#test/helpers/journey'
import { aKey, aReport, POLICY, REPOSITORY, someFacts } from '#test/helpers/queue'
import { aLeasedJob, at } from './support/jobs.ts'

const ASKED = 'needs-clarification'

/** An issue in the hands of w1, of which `told` is heard by the webhook or the poll. */
async function inHand(body = '') {
  const journey = await aJourney()
  const number = journey.issue('A question', { body })
  await journey.poll()
  const { token } = await journey.lease('w1')
  await journey.catchUp()
  const { client } = aClient(journey.github.url, { clock: journey.clock, timeoutMs: 2_000 })
  const { reconcileOne } = createReconcile({
    source: createIssueSource({ client }),
    ...{ polls: journey.polls, store: journey.store, operations: journey.queue, trigger: TRIGGER },
  })
  const hear = {
    poll: () => journey.poll(),
    webhook: () => {
      const watch = { now: journey.clock.now(), known: {}, found: {} }
      return reconcileOne(REPOSITORY, number, { correlation_id: 'hook', isOver: () => false, watch })
    },
  }
  const edit = async (change: Record<string, unknown>) => {
    journey.clock.advance(minutes(1))
    await journey.edit(number, change)
  }
  const report = (kind: 'released' | 'failed' | 'infrastructure') =>
    journey.queue.report(aReport({ worker: 'w1', number, token, kind, error: 'No.' }))
  return { ...journey, number, token, hear, edit, report }
}

describe('needs-clarification, set while a worker has the issue', () => {
  it.each([
    ['webhook', 'released'],
    ['poll', 'released'],
    ['webhook', 'failed'],
    ['poll', 'infrastructure'],
  ] as const)('heard by the %s holds when the work is %s', async (by, how) => {
    const { number, hear, edit, report, job, lease, store, clock, poll, queue } = await inHand()
    await edit({ labels: ['ai-in-progress', ASKED] })
    await hear[by]()
    expect(await job(number)).toMatchObject({ state: { kind: 'leased' }, token: 1 })

    await report(how)
    clock.advance(minutes(5))

    expect((await store.ready(10)).items).toEqual([])
    await expect(lease('w2')).rejects.toThrow()
    const waiting = (await store.waiting(REPOSITORY, 10)).items
    expect(waiting.map(({ key, facts }) => [key.number, facts.labels])).toEqual([
      [number, expect.arrayContaining([ASKED])],
    ])

    // Answered: it goes on.
    await edit({ labels: ['ai-in-progress'] })
    await poll()
    expect(await lease('w2')).toMatchObject({ number })
    expect(queue).toBeDefined()
  })

  it('holds when the lease runs out', async () => {
    const { hear, edit, lease, store, clock } = await inHand()
    await edit({ labels: ['ai-in-progress', ASKED] })
    await hear.webhook()
    clock.advance(minutes(60))

    await expect(lease('w2')).rejects.toThrow()
    expect((await store.ready(10)).items).toEqual([])
  })

  it('is written down once, however often it is heard, and costs the worker nothing', async () => {
    const { number, token, hear, edit, queue, job, poll, units } = await inHand()
    await edit({ labels: ['ai-in-progress', ASKED] })
    await hear.poll()
    const meter = units()
    await hear.webhook()
    expect(meter.totals().writes).toBe(0)
    expect(await poll()).toMatchObject({ status: 'unchanged' })

    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number, token, repository: REPOSITORY, usage, correlation_id: 'b' }
    expect(await queue.heartbeat(beat)).toMatchObject({ cancel: null })
    expect((await job(number))?.news?.facts.labels).toContain(ASKED)
  })
})

describe('an edit while a worker has the issue', () => {
  it('of body, priority and dependencies holds when it returns; the worker keeps what it was given', async () => {
    const { number, hear, edit, report, job, store } = await inHand('Old text')
    await edit({ title: 'New', body: 'Depends on: #99', labels: ['ai-in-progress', 'priority:critical'] })
    await hear.webhook()
    expect(await job(number)).toMatchObject({ facts: { title: 'A question' }, body: { text: 'Old text' } })

    await report('released')

    const found = await job(number)
    expect(found).toMatchObject({
      facts: { title: 'New', priority: 'critical', waits: { on: ['#99'] } },
      body: { text: 'Depends on: #99' },
    })
    expect(found).not.toHaveProperty('news')
    expect((await store.ready(10)).items).toEqual([])
  })

  it('is in force after every way back, and after none is it left', () => {
    const job = aLeasedJob('w1', POLICY)
    const facts = { ...someFacts(1), title: 'New' }
    const body = { kind: 'inline', text: 'New' } as const
    const noted = refreshed(job, facts, body, at(0))
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const said = (kind: 'released' | 'failed' | 'rate_limited' | 'completed') =>
      reported(noted, { kind, pr_url: null, error: null, usage }, POLICY, at(1))
    const completed = said('completed')

    expect(noted).toMatchObject({ seq: job.seq, version: job.version + 1, facts: job.facts, state: job.state })
    const back = [
      ...[said('released'), said('failed'), said('rate_limited'), expired(noted, POLICY, at(1))],
      sentBack(completed, body, { at: 1, id: 1 }, at(2)),
      reopened(completed, asItReads(completed).facts, asItReads(completed).body, at(2)),
    ]
    for (const one of back) {
      expect(one).toMatchObject({ facts, body, state: { kind: 'pending' } })
      expect(one).not.toHaveProperty('news')
    }
    expect(aKey(1)).toEqual(job.key)
  })

  it('of a pending issue is in force at once', async () => {
    const { issue, poll, edit, clock, lease, store } = await aJourney()
    const number = issue('Queued')
    await poll()
    clock.advance(minutes(1))
    await edit(number, { labels: [TRIGGER, ASKED] })
    await poll()
    await expect(lease('w1')).rejects.toThrow()
    expect((await store.waiting(REPOSITORY, 10)).items).toHaveLength(1)
  })
})
