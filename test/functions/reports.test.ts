/** What workers report, driven as API Gateway drives it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHOP, startFunctions } from '#test/helpers/functions'

let world: Awaited<ReturnType<typeof startFunctions>>
beforeAll(async () => {
  world = await startFunctions()
})
afterAll(() => world.stop())

let workers = 0
/** A worker of its own and an issue it holds. */
async function aLease() {
  const name = `w-${++workers}`
  const as = world.as(name)
  const number = await world.anIssue({ labels: ['priority:critical'] })
  const { body } = await as('GET /work/next', undefined, { query: { worker_id: name } })
  const told = { worker_id: name, issue_number: number, lease_token: body.lease.token as number }
  return { name, as, number, told, item: () => world.store.find({ repository: SHOP, number }) }
}

const pullOf = (number: number) => `${world.github.url}/${SHOP}/pull/${number}`
const all = { input_tokens: 100, output_tokens: 20, cost_usd: 0.5, seconds: 60 }

describe('a report', () => {
  it.each([
    ['POST /work/failed', { error: 'It broke.' }],
    ['POST /work/failed', { error: 'Later.', kind: 'rate_limited' }],
    ['POST /work/failed', { error: 'No network.', kind: 'infrastructure' }],
    ['POST /work/release', {}],
    ['POST /work/complete', { success: true, pr_url: '' }],
  ] as const)(
    'of the whole lease counts its usage once, whatever heartbeats told before: %s %j',
    async (route, said) => {
      const { as, told, item, number } = await aLease()
      const beat = { ...told, usage: { ...all, cost_usd: 0.2, seconds: 30 }, usage_since: 'lease' }
      // The second is the first once more, whose answer was lost.
      for (const _ of [1, 2]) expect(await as('POST /work/heartbeat', beat)).toMatchObject({ status: 200 })
      expect(await item()).toMatchObject({ usage: { input_tokens: 100, cost_usd: 0.2, seconds: 30 } })

      const pr = 'pr_url' in said ? { pr_url: pullOf(number) } : {}
      const report = { ...told, ...said, ...pr, usage: all, usage_since: 'lease' }
      for (const _ of [1, 2]) expect(await as(route, report)).toMatchObject({ status: 200 })

      expect(await item()).toMatchObject({ usage: all })
    },
  )

  it('whose heartbeats were lost brings all they would have told', async () => {
    const { as, told, item } = await aLease()
    await as('POST /work/release', { ...told, usage: all, usage_since: 'lease' })
    expect(await item()).toMatchObject({ usage: all })
  })

  it('of another lease counts from the start again', async () => {
    const { as, name, told, item } = await aLease()
    await as('POST /work/heartbeat', { ...told, usage: all, usage_since: 'lease' })
    await as('POST /work/release', { ...told, usage: all, usage_since: 'lease' })
    const { body } = await as('GET /work/next', undefined, { query: { worker_id: name } })
    const again = { ...told, lease_token: body.lease.token as number }
    await as('POST /work/heartbeat', { ...again, usage: { ...all, cost_usd: 0.1 }, usage_since: 'lease' })

    expect((await item())?.usage.cost_usd).toBeCloseTo(0.6)
  })

  it('with a token in its error keeps the token from the store, the queue and the next worker', async () => {
    const { as, name, told, item } = await aLease()
    const token = `glpat-${'aB3x'.repeat(5)}`
    expect(await as('POST /work/failed', { ...told, error: `denied for ${token}` })).toMatchObject({ status: 200 })

    const next = await as('GET /work/next', undefined, { query: { worker_id: name } })
    expect(await item()).toMatchObject({ previous: { error: 'denied for ***' } })
    expect(next.body).toMatchObject({ previous: { error: 'denied for ***' } })
    expect(JSON.stringify((await world.asReader('GET /queue')).body)).not.toContain(token)
  })
})
