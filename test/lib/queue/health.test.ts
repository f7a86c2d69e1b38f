import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { minutes, seconds, toTimestamp } from '#lib/clock'
import { createHealth, type HealthPorts } from '#lib/queue/health'
import { createClient } from '#lib/store/client'
import { createCounts } from '#lib/store/counts'
import { createPollStore } from '#lib/store/polls'
import { createQueueStore } from '#lib/store/queue'
import { createTable } from '#lib/store/table'
import { START } from '#test/helpers/clock'
import { aQueue, leavePointer, REPOSITORY } from '#test/helpers/queue'

async function aHealth(over: Partial<HealthPorts> = {}) {
  const world = await aQueue()
  const { store, table, clock } = world
  const polls = createPollStore(table)
  const repositories = async () => [REPOSITORY]
  const counts = createCounts(table).read
  const health = createHealth({
    ...{ store, polls, counts, repositories, clock, pollIntervalMs: minutes(1), version: '1.0.0' },
    lastSweep: async () => undefined,
    ...over,
  })
  const polled = (over: object = {}) =>
    polls.save({
      ...{ repository: REPOSITORY, tags: {}, succeeded_at: clock.now(), error: null, rate: null, version: 0 },
      ...over,
    })
  return { ...world, health, polled, polls }
}

/** Everything that reads the table, where there is none. */
async function noStore(): Promise<Partial<HealthPorts>> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const client = createClient({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-central-1' })
  const table = createTable({ client, name: 'none' })
  const store = createQueueStore(table, () => undefined)
  return { store, polls: createPollStore(table), counts: createCounts(table).read }
}

describe('the health of the queue', () => {
  it('names the last good poll and the rate limit left', async () => {
    const { health, polled, clock } = await aHealth()
    await polled({ rate: { limit: 5000, remaining: 4321, resets_at: clock.now() } })

    expect(await health()).toMatchObject({
      status: 'healthy',
      github_connected: true,
      checks: {
        store: { ok: true },
        github: {
          ok: true,
          detail:
            'acme/shop: last successful poll 2026-01-05T08:00:00.000Z, noted every 5 min; rate limit left 4321 of 5000.',
        },
      },
    })
  })

  it.each([
    ['a sweep that went well', { ok: true, age: minutes(5) }, 'healthy'],
    ['a sweep that lacked a right', { ok: false, age: minutes(5) }, 'degraded'],
    ['sweeps that stopped', { ok: true, age: minutes(16) }, 'degraded'],
  ])('tells of the cluster by its last sweep: %s', async (_, { ok, age }, status) => {
    const at = START - age
    const { health, polled } = await aHealth({ lastSweep: async () => ({ ok, detail: 'Swept.', at }) })
    await polled()

    const { checks, status: said } = await health()

    expect(said).toBe(status)
    expect(checks.cluster).toMatchObject({ ok: status === 'healthy', checked_at: toTimestamp(at) })
  })

  it('names the new place of a repository that was renamed', async () => {
    const { health, polled } = await aHealth()
    await polled({ renamed_to: 'acme/store' })

    expect((await health()).checks.github).toMatchObject({
      ok: true,
      detail: expect.stringContaining('It is acme/store on GitHub now: name it so in GITHUB_REPOS.'),
    })
  })

  it.each([
    ['writes that get through', true, 'healthy'],
    ['writes that are refused', false, 'degraded'],
  ])('tells of the writes to GitHub by the last flush: %s', async (_, ok, status) => {
    const written = { ok, detail: 'acme/shop: every write is refused: it needs issues=write.' }
    const { health, polled } = await aHealth({ parts: { github_writes: async () => written } })
    await polled()

    expect(await health()).toMatchObject({
      status,
      github_connected: true,
      checks: { github_writes: { ok, detail: written.detail, checked_at: toTimestamp(START) } },
    })
  })

  it('tells when a check was made, where that was before the question', async () => {
    const at = START - 60_000
    const { health } = await aHealth({ parts: { github_writes: async () => ({ ok: true, detail: 'Well.', at }) } })

    const { checks } = await health()

    expect(checks).toHaveProperty('github_writes', { ok: true, detail: 'Well.', checked_at: toTimestamp(at) })
  })

  it('is unhealthy when the store does not answer, and says so instead of throwing', async () => {
    const { health } = await aHealth(await noStore())

    expect(await health()).toMatchObject({
      status: 'unhealthy',
      github_connected: false,
      workers: { total: 0 },
      checks: { store: { ok: false, detail: 'The table does not answer.' } },
    })
  })

  it('is degraded before the first poll, after a failed one, and when polls stop coming', async () => {
    const { health, polled, polls, clock } = await aHealth()
    const later = (ms: number) => {
      clock.advance(ms)
      return health()
    }
    expect(await health()).toMatchObject({ status: 'degraded' })
    await polled({ error: { code: 'forbidden', message: 'GitHub does not accept the token.', at: clock.now() } })
    const failing = await later(seconds(2))
    expect(failing).toMatchObject({ status: 'degraded', checks: { store: { ok: true }, github: { ok: false } } })
    expect(failing.checks.github.detail).toContain('forbidden at 2026-01-05T08:00:00.000Z: GitHub does not accept')

    await polls.save({ ...(await polls.read(REPOSITORY))!, error: null, succeeded_at: clock.now() })
    expect(await later(minutes(7))).toMatchObject({ status: 'healthy' })
    expect(await later(minutes(2))).toMatchObject({ status: 'degraded', github_connected: false })
  })

  it('is degraded when no repository is configured', async () => {
    const { health } = await aHealth({ repositories: async () => [] })

    expect((await health()).checks.github).toMatchObject({ ok: false, detail: expect.stringContaining('GITHUB_REPO') })
  })

  it('counts workers, even two that point to the same job', async () => {
    const world = await aHealth()
    const { health, polled, has, lease, ask, clock } = world
    await ask('gone')
    clock.advance(minutes(6))
    await has(1)
    await leavePointer(world, 'idle', 1)
    await lease('busy')
    await polled()

    expect(await health()).toMatchObject({ status: 'healthy', workers: { total: 3, available: 1 } })
  })

  it('asks the store once a second at most, however often it is asked', async () => {
    let asked = 0
    const { health, clock } = await aHealth({
      counts: async () => {
        asked += 1
        return { pending: 0, in_progress: 0, completed: 0, failed: 0, withdrawn: 0 }
      },
    })
    await Promise.all([health(), health(), health()])
    expect(asked).toBe(1)
    clock.advance(seconds(1))
    await health()
    expect(asked).toBe(2)
  })
})
