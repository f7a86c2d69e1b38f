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

describe('a report', () => {
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
