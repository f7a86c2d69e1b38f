/** The functions of the workers' hosts, driven as API Gateway drives them, with a host on a real sshd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFunctions } from '#test/helpers/functions'
import { aDeadPort, aFleet, HAS_SSHD, USER } from '#test/helpers/sshd'

const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'

describe.skipIf(!HAS_SSHD)('the functions of the hosts, on a real sshd', () => {
  let fleet: Awaited<ReturnType<typeof aFleet>>
  let world: Awaited<ReturnType<typeof startFunctions>>
  beforeAll(async () => {
    fleet = await aFleet()
    const host = await fleet.host({ journalctl: `seq 1 "$4"; echo "token ${SECRET}"` })
    const dead = await aDeadPort()
    world = await startFunctions({
      WORKER_IPS: `w1=127.0.0.1:${host.port},w2=127.0.0.1:${dead}`,
      ALLOW_PRIVATE_URLS: `127.0.0.1:${host.port},127.0.0.1:${dead}`,
      WORKER_SSH_USER: USER,
      WORKER_SSH_KEY: fleet.keyPath,
      WORKER_KNOWN_HOSTS: host.known,
    })
  })
  afterAll(async () => {
    await world.stop()
    await fleet.stop()
  })
  const logs = (id: string, query: Record<string, string> = {}) =>
    world.asOperator('GET /workers/{id}/logs', { params: { id }, query })

  it('POST /workers/check answers what it found, and the lists and the health agree', async () => {
    const next = { query: { worker_id: 'w2' } }
    expect(await world.as('w2')('GET /work/next', undefined, next)).toMatchObject({ body: { blocked: false } })
    expect(await world.asOperator('POST /workers/check')).toMatchObject({
      status: 200,
      body: {
        hosts: [
          { worker: 'w1', found: 'active', detail: 'The unit coxswain-worker is active.' },
          { worker: 'w2', found: 'unreachable', status: 'offline', health: 'unhealthy' },
        ],
        workers: { total: 2, offline: 1 },
      },
    })
    expect((await world.asReader('GET /workers')).body.workers).toMatchObject([
      { id: 'w1', last_seen: null },
      { id: 'w2', status: 'offline' },
    ])
    expect((await world.call('GET /health', { told: null })).body.workers).toMatchObject({ total: 2, available: 1 })
    await world.anIssue()
    expect(await world.as('w2')('GET /work/next', undefined, next)).toMatchObject({
      status: 200,
      body: { work_available: false, blocked: true, reason: expect.stringContaining('unreachable') },
    })
  })

  it('the schedule does the same', async () => {
    const { schedule } = await import('#functions/workers/check')
    expect(await schedule()).toMatchObject({ hosts: [{ worker: 'w1' }, { worker: 'w2' }] })
  })

  it('GET /workers/{id}/logs answers the last lines, secrets masked', async () => {
    expect(await logs('w1', { lines: '3' })).toMatchObject({
      status: 200,
      body: { id: 'w1', unit: 'coxswain-worker', lines: ['2', '3', 'token ***'] },
    })
    expect((await logs('w1')).body.lines).toHaveLength(100)
  })

  it.each(['0', '1001', 'x', '1;id'])(
    'GET /workers/{id}/logs?lines=%s is refused, and says how to mend it',
    async (lines) => {
      expect(await logs('w1', { lines })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'lines', message: 'must be a whole number from 1 to 1000' }] },
      })
    },
  )

  it('GET /workers/{id}/logs of a host that is down is 503 with the reason, of no host 404', async () => {
    expect(await logs('w2')).toMatchObject({
      status: 503,
      body: { code: 'upstream_unavailable', detail: expect.stringContaining('ECONNREFUSED') },
    })
    expect(await logs('w3')).toMatchObject({ status: 404 })
    expect(await logs('$(id)')).toMatchObject({ status: 422 })
  })
})
