/** The functions when what they stand on fails them. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { SHOP, startFunctions, TILL } from '#test/helpers/functions'

let world: Awaited<ReturnType<typeof startFunctions>>

/** An address where nothing listens. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

beforeAll(async () => {
  // What is logged of the failures made here is of no interest.
  vi.spyOn(console, 'error').mockReturnValue(undefined)
  world = await startFunctions({ DYNAMODB_ENDPOINT: await nowhere() })
})
afterAll(() => world.stop())

describe('without its store', () => {
  it('GET /health says so with 503, to everybody', async () => {
    const { status, headers, body } = await world.call('GET /health', { told: null })

    expect([status, headers['retry-after']]).toEqual([503, '5'])
    expect(body).toMatchObject({ status: 'unhealthy', service: 'coxswain', checks: { store: { ok: false } } })
  })

  it('a worker is asked to come again, and told nothing of the inside', async () => {
    const { status, headers, body } = await world.as('w1')('POST /work/next', { worker_id: 'w1' })

    expect([status, headers['retry-after'], body.code]).toEqual([503, '2', 'unavailable'])
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|dynamo/i)
  })

  it('a schedule and the counting of a batch fail, so that alarms fire and the batch comes again', async () => {
    const { schedule } = await import('#functions/github/poll')
    const { handler: flush } = await import('#functions/github/flush')
    await expect(schedule({ id: 'x' })).rejects.toMatchObject({ code: 'unavailable' })
    await expect(flush({ id: 'x' })).rejects.toMatchObject({ code: 'unavailable' })
    const { pollAll } = await import('#lib/github/wiring')
    await expect(pollAll('x')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

it('names both repositories of its configuration', async () => {
  const { repositories } = await import('#lib/queue/wiring')

  expect(await repositories()).toEqual([SHOP, TILL])
})
