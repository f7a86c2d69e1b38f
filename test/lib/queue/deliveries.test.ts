/** What follows from webhooks: the poll's own steps, taken at once, and never twice. */
import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { eventTypeOf } from '#lib/events/change'
import { createIssueSource } from '#lib/github/source'
import { createDeliveries, type DeliveriesPorts, type ReviewFact } from '#lib/queue/deliveries'
import { createOperations } from '#lib/queue/operations'
import { createReconcile } from '#lib/queue/reconcile'
import { createDeliveryStore, deliveryOfRecord } from '#lib/store/deliveries'
import { aClient } from '#test/helpers/github'
import { aJourney, aStream, TRIGGER } from '#test/helpers/journey'
import { REPOSITORY } from '#test/helpers/queue'

async function aListener(change: Partial<DeliveriesPorts> = {}) {
  const journey = await aJourney()
  const { clock, polls, store, github } = journey
  /** As a process of its own. */
  const hear = async (number: number) => {
    const { client } = aClient(github.url, { clock, timeoutMs: 2_000 })
    const operations = createOperations({ store, clock })
    const { reconcileOne } = createReconcile({
      source: createIssueSource({ client }),
      polls,
      store,
      operations,
      trigger: TRIGGER,
    })
    const mayReview = async (_: string, login: string) => login === 'ada'
    const work = createDeliveries({ reconcileOne, polls, mayReview, clock, ...change })
    return work({ kind: 'issue', id: `d-${number}`, repository: REPOSITORY, number }, 'webhook')
  }
  const typesOf = (number: number) => journey.told.filter(({ after }) => after.key.number === number).map(eventTypeOf)
  return { ...journey, hear, typesOf }
}

describe('word of an issue', () => {
  it('queues it at once', async () => {
    const { issue, hear, job } = await aListener()
    const number = issue('Add a coupon field')
    expect(await hear(number)).toEqual({ kind: 'done', detail: 'queued' })
    expect(await job(number)).toMatchObject({ state: { kind: 'pending' }, correlation_id: 'webhook' })
  })

  it('that was closed tells its worker at the next heartbeat', async () => {
    const { issue, hear, lease, edit, queue } = await aListener()
    const number = issue('Add a coupon field')
    await hear(number)
    const { token } = await lease('w1')
    await edit(number, { state: 'closed' })
    expect(await hear(number)).toMatchObject({ detail: 'withdrawn' })

    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number, repository: REPOSITORY, token, usage, correlation_id: 'beat' }
    expect(await queue.heartbeat(beat)).toMatchObject({ cancel: 'The issue was closed.' })
  })

  it('refreshes it, and leaves alone what is nothing to the queue', async () => {
    const { issue, hear, edit, job, github } = await aListener()
    const number = issue('Old')
    await hear(number)
    await edit(number, { title: 'New' })
    expect(await hear(number)).toMatchObject({ detail: 'refreshed' })
    expect(await job(number)).toMatchObject({ facts: { title: 'New' } })

    const other = github.seed.issue({ repository: REPOSITORY, title: 'Not wanted' })
    expect(await hear(other)).toMatchObject({ detail: 'left_alone' })
    expect(await hear(999)).toMatchObject({ detail: 'left_alone' })
  })

  it('and a poll at the same time make one change, whoever is first', async () => {
    const { issue, hear, poll, pump, typesOf, edit, counts, catchUp, lease } = await aListener()
    const number = issue('Add a coupon field')
    await Promise.all([hear(number), poll(), hear(number), poll()])
    await pump()
    expect(typesOf(number)).toEqual(['WORK_QUEUED'])
    expect(await counts.read()).toMatchObject({ pending: 1 })

    await catchUp()
    await edit(number, { title: 'A coupon field' })
    await Promise.all([hear(number), poll(), hear(number), poll()])
    await pump()
    expect(typesOf(number)).toEqual(['WORK_QUEUED', 'WORK_REFRESHED'])

    await lease('w1')
    await edit(number, { state: 'closed' })
    await Promise.all([hear(number), poll(), hear(number), poll()])
    await pump()
    expect(typesOf(number)).toEqual(['WORK_QUEUED', 'WORK_REFRESHED', 'WORK_LEASED', 'WORK_WITHDRAWN'])
    expect(await counts.read()).toMatchObject({ pending: 0, in_progress: 0, withdrawn: 1 })
  })

  it('that comes late, when all is done, changes nothing', async () => {
    const { issue, hear, lease, complete, catchUp, job } = await aListener()
    const number = issue('Add a coupon field')
    await hear(number)
    const { token } = await lease('w1')
    await complete('w1', number, token)
    await catchUp()
    const before = await job(number)

    expect(await hear(number)).toMatchObject({ detail: 'left_alone' })
    expect(await job(number)).toEqual(before)
  })

  it('is left to the poll while GitHub wants to be left alone, and no call is made', async () => {
    const { issue, hear, github, clock, poll } = await aListener()
    const number = issue('Add a coupon field')
    github.fail({ match: { path: /issues/ }, status: 429, retryAfter: 60 })
    expect(await hear(number)).toMatchObject({ kind: 'left' })
    const { calls } = github.stats()

    expect(await hear(number)).toEqual({ kind: 'left', detail: 'GitHub asked to wait.' })
    expect(github.stats().calls).toEqual(calls)
    clock.advance(seconds(61))
    expect(await poll()).toMatchObject({ queued: 1 })
  })

  it('is brought again when the store is down', async () => {
    const { hear, issue } = await aListener({
      reconcileOne: async () => {
        throw new AppError('unavailable', 'The store is busy.')
      },
    })
    await expect(hear(issue('Add a coupon field'))).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('word of a review', () => {
  const fact: ReviewFact = {
    repository: REPOSITORY,
    pull: 12,
    branch: 'ai-feature/issue-7',
    verdict: 'approved',
    feedback: 'Aye.',
    by: 'ada',
    at: 1,
  }

  async function anObserver() {
    const heard: ReviewFact[] = []
    const { polls, clock } = await aJourney()
    const reconcileOne: DeliveriesPorts['reconcileOne'] = () => Promise.reject(new Error('not asked'))
    const mayReview = async (_: string, login: string) => login === 'ada'
    const reviews = { observe: async (one: ReviewFact) => void heard.push(one) }
    const ports = { reconcileOne, polls, mayReview, clock }
    return { heard, work: createDeliveries({ ...ports, reviews }), deaf: createDeliveries(ports) }
  }

  it('reaches who cares, when the reviewer may write', async () => {
    const { heard, work } = await anObserver()
    await work({ kind: 'review', id: 'd', fact }, 'c')
    await work({ kind: 'review', id: 'd', fact: { ...fact, by: 'mallory', verdict: 'changes_requested' } }, 'c')
    await work({ kind: 'review', id: 'd', fact: { ...fact, by: 'mallory', verdict: 'merged' } }, 'c')

    expect(heard).toEqual([fact, { ...fact, by: 'mallory', verdict: 'merged' }])
  })

  it('is nothing where nobody cares', async () => {
    const { deaf } = await anObserver()
    expect(await deaf({ kind: 'review', id: 'd', fact }, 'c')).toMatchObject({ kind: 'done' })
  })

  it('travels whole through the table’s stream', async () => {
    const world = await aJourney()
    const stream = await aStream(world)
    const deliveries = createDeliveryStore(world.table)
    expect(await deliveries.keep({ kind: 'review', id: 'd-9', fact }, 'c-9', world.clock.now())).toBe(true)

    const taken = (await stream()).map(deliveryOfRecord)
    expect(taken).toEqual([{ delivery: { kind: 'review', id: 'd-9', fact }, correlation_id: 'c-9' }])
  })
})
