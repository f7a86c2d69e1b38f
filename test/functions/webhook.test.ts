/** POST /github/webhook as GitHub calls it when there is much to say. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFunctions, TILL, WEBHOOK_SECRET } from '#test/helpers/functions'

let world: Awaited<ReturnType<typeof startFunctions>>

beforeAll(async () => {
  world = await startFunctions()
})
afterAll(() => world.stop())

function hook(body: string, signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')) {
  const names = { 'x-github-event': 'issues', 'x-github-delivery': `d-${body.length}` }
  return { told: null, body, headers: { ...names, 'x-hub-signature-256': `sha256=${signature}` } }
}

describe('a webhook above 256 KB', () => {
  it('is taken in, signature first, and only what matters of it is kept; other routes refuse as much', async () => {
    const issue = { number: 1, body: 'x'.repeat(5_000_000) }
    const body = JSON.stringify({ action: 'edited', issue, repository: { full_name: TILL } })

    expect(await world.call('POST /github/webhook', hook(body))).toMatchObject({
      status: 202,
      body: { status: 'accepted' },
    })
    expect(await world.call('POST /github/webhook', hook(body, '0'.repeat(64)))).toMatchObject({ status: 401 })
    const beyond = hook('x'.repeat(26 * 1024 * 1024))
    expect(await world.call('POST /github/webhook', beyond)).toMatchObject({ status: 413 })
    const report = { worker_id: 'w1', issue_number: 1, error: 'x'.repeat(300_000) }
    expect(await world.as('w1')('POST /work/failed', report)).toMatchObject({ status: 413 })

    const kept = await world.table.get({ pk: `DELIVERY#d-${body.length}`, sk: 'webhook' })
    expect(JSON.stringify(kept).length).toBeLessThan(500)
  })
})
