/** The check of a mixed fleet, on real sshd and a real table: all hosts at once, under one deadline. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { seconds } from '#lib/clock'
import { parseKnownHosts } from '#lib/hosts/known-hosts'
import { createProbe } from '#lib/hosts/probe'
import { createTrust } from '#lib/hosts/trust'
import { createCheck } from '#lib/queue/check'
import type { Host } from '#lib/queue/hosts'
import { workerView } from '#lib/queue/views'
import { createHostKeys } from '#lib/store/host-keys'
import { aQueue } from '#test/helpers/queue'
import { aDeadPort, aFleet, aMuteHost, HAS_SSHD, USER } from '#test/helpers/sshd'

/** The deadline ends what hangs; this is only for a machine that is busier than a test may be. */
const PATIENT_MS = 60_000

describe.skipIf(!HAS_SSHD)('a mixed fleet, on real sshd', () => {
  let fleet: Awaited<ReturnType<typeof aFleet>>
  beforeAll(async () => {
    fleet = await aFleet()
  })
  afterAll(() => fleet.stop())

  it('is judged host by host when the deadline comes, and none waits for another', async () => {
    const { store, table, clock, ask, has } = await aQueue()
    const mute = await aMuteHost()
    onTestFinished(() => mute.stop())
    const [active, busy, inactive, endless, changed] = await Promise.all([
      fleet.host(),
      fleet.host({ systemctl: 'echo inactive; exit 3' }),
      fleet.host({ systemctl: 'echo failed; exit 3' }),
      fleet.host({ systemctl: 'exec sleep 600' }),
      fleet.host(),
    ])
    const stranger = await fleet.host({ accepts: false })
    const ports = {
      ...{ active: active.port, busy: busy.port, inactive: inactive.port, endless: endless.port },
      ...{ changed: changed.port, stranger: stranger.port, mute: mute.port, dead: await aDeadPort() },
    }
    const hosts = Object.entries(ports).map(([worker, port]): Host => ({ worker, address: '127.0.0.1', port }))
    const known = [active, busy, inactive, endless, stranger].map((host) => host.known)
    const old = `[127.0.0.1]:${changed.port} ${active.publicKey}`
    const trust = createTrust(createHostKeys(table), {
      known: parseKnownHosts([...known, old].join('\n')).keys,
      onFirstUse: false,
    })
    const { privateKey } = fleet
    const probe = createProbe(trust, { user: USER, unit: 'coxswain-worker', privateKey, hostMs: PATIENT_MS })
    await has(1)
    await ask('busy')
    const deadline = new AbortController()
    let answered = 0
    const counted: typeof probe = {
      ...probe,
      async check(host, signal) {
        const finding = await probe.check(host, signal)
        answered += 1
        return finding
      },
    }
    const check = createCheck({ store, clock, probe: counted, hosts, intervalMs: seconds(30) })

    const checking = check({ correlation_id: 'check', signal: deadline.signal })
    // All have answered but the two that hang.
    await vi.waitFor(() => expect(answered).toBe(hosts.length - 2), PATIENT_MS)
    await vi.waitFor(async () => expect(await endless.asked()).toHaveLength(1), PATIENT_MS)
    deadline.abort()
    const report = await checking

    expect(
      Object.fromEntries(report.hosts.map(({ worker, found, status, health }) => [worker, [found, status, health]])),
    ).toEqual({
      active: ['active', 'available', 'degraded'],
      busy: ['inactive', 'busy', 'degraded'],
      inactive: ['inactive', 'offline', 'degraded'],
      endless: ['refused', 'offline', 'unhealthy'],
      changed: ['refused', 'offline', 'unhealthy'],
      stranger: ['refused', 'offline', 'unhealthy'],
      mute: ['unreachable', 'offline', 'unhealthy'],
      dead: ['unreachable', 'offline', 'unhealthy'],
    })
    expect(Object.fromEntries(report.hosts.map(({ worker, detail }) => [worker, detail]))).toMatchObject({
      endless: 'It did not finish the command in time.',
      changed: expect.stringMatching(/^Its host key is not the one that is known/),
      stranger: `It does not accept WORKER_SSH_KEY for the user ${USER}.`,
      mute: 'It did not finish the SSH handshake in time.',
      dead: 'It cannot be connected to (ECONNREFUSED).',
    })
    const stored = (await store.workers(100)).items.map((record) => workerView(record, undefined, clock.now()))
    expect(stored).toHaveLength(hosts.length)
    expect(report.written).toBe(hosts.length)
  })
})
