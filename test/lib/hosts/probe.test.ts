/** The probe against real sshd: every way in which a host can answer, or not. */
import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseKnownHosts } from '#lib/hosts/known-hosts'
import { createProbe, type ProbeOptions } from '#lib/hosts/probe'
import { createTrust, type KeyMemory } from '#lib/hosts/trust'
import type { Host } from '#lib/queue/hosts'
import { createHostKeys } from '#lib/store/host-keys'
import { aTable } from '#test/helpers/dynamodb'
import { aDeadPort, aFleet, aMuteHost, HAS_SSHD, type TestHost, USER } from '#test/helpers/sshd'

const at = (port: number): Host => ({ worker: null, address: '127.0.0.1', port })
const ever = new AbortController().signal
/** Enough for a handshake on a busy machine. */
const PATIENT_MS = 30_000
/** For hosts that never answer. */
const SHORT_MS = 1_500

describe.skipIf(!HAS_SSHD)('a look at a host, on a real sshd', () => {
  let fleet: Awaited<ReturnType<typeof aFleet>>
  let memory: KeyMemory
  beforeAll(async () => {
    fleet = await aFleet()
    memory = createHostKeys((await aTable()).table)
  })
  afterAll(() => fleet.stop())

  interface Over extends Partial<ProbeOptions> {
    readonly known?: string
    readonly onFirstUse?: boolean
  }
  function aProbe({ known = '', onFirstUse = false, ...over }: Over) {
    const trust = createTrust(memory, { known: parseKnownHosts(known).keys, onFirstUse })
    const { privateKey } = fleet
    return createProbe(trust, { user: USER, unit: 'coxswain-worker', privateKey, hostMs: PATIENT_MS, ...over })
  }
  const look = (host: TestHost, over: Over = {}) => aProbe({ known: host.known, ...over }).check(at(host.port), ever)

  it('whose unit runs finds it active, by one fixed command', async () => {
    const host = await fleet.host()

    expect(await look(host)).toEqual({ kind: 'active', detail: 'The unit coxswain-worker is active.' })
    expect(await host.asked()).toEqual(['systemctl is-active coxswain-worker'])
  })

  it.each(['inactive', 'failed', 'activating', 'deactivating'])('whose unit is %s finds it inactive', async (word) => {
    const host = await fleet.host({ systemctl: `echo ${word}; exit 3` })

    expect(await look(host)).toEqual({ kind: 'inactive', detail: `The unit coxswain-worker is ${word}.` })
  })

  it.each([
    ['says something else', 'echo "active; rm -rf /"; echo active'],
    ['says nothing', 'exit 0'],
    ['has no systemd', 'exit 127'],
    ['floods', 'head -c 3000000 /dev/zero | tr "\\0" "x"; echo active'],
  ])('that %s finds nothing out, and none of its words', async (_, systemctl) => {
    const finding = await look(await fleet.host({ systemctl }))

    expect(finding.kind).toBe('refused')
    expect(finding.detail).toMatch(/^It did not say whether the unit coxswain-worker is active \(exit code \d+\)\.$/)
  })

  it('with nobody at its port finds it unreachable', async () => {
    expect(await aProbe({}).check(at(await aDeadPort()), ever)).toEqual({
      kind: 'unreachable',
      detail: 'It cannot be connected to (ECONNREFUSED).',
    })
  })

  it('that takes the connection and never speaks finds it unreachable, in time', async () => {
    const mute = await aMuteHost()
    const finding = await aProbe({ hostMs: SHORT_MS }).check(at(mute.port), ever)
    await mute.stop()

    expect(finding).toEqual({ kind: 'unreachable', detail: 'It did not finish the SSH handshake in time.' })
  })

  it('whose command never ends gives up in time', async () => {
    const host = await fleet.host({ systemctl: 'exec sleep 600' })

    const deadline = new AbortController()
    const looking = aProbe({ known: host.known }).check(at(host.port), deadline.signal)
    await vi.waitFor(async () => expect(await host.asked()).toHaveLength(1), PATIENT_MS)
    deadline.abort()

    expect(await looking).toEqual({ kind: 'refused', detail: 'It did not finish the command in time.' })
  })

  it('ends with the deadline of the whole check', async () => {
    const host = await fleet.host({ systemctl: 'exec sleep 600' })
    const deadline = new AbortController()
    const looking = aProbe({ known: host.known }).check(at(host.port), deadline.signal)
    deadline.abort()

    expect(await looking).toMatchObject({ kind: 'unreachable' })
    expect(await aProbe({}).check(at(host.port), AbortSignal.abort())).toMatchObject({ kind: 'unreachable' })
  })

  it('refuses a host whose key has changed, and says nothing to it', async () => {
    const before = await fleet.host()
    await before.stop()
    const after = await fleet.host({ port: before.port })

    expect(await look(after, { known: before.known })).toEqual({
      kind: 'refused',
      detail:
        'Its host key is not the one that is known. If that is meant to be, put the new one into WORKER_KNOWN_HOSTS.',
    })
    expect(await after.asked()).toEqual([])
  })

  it('refuses a host that is not known, and one whose key is revoked', async () => {
    const host = await fleet.host()

    expect((await look(host, { known: '' })).detail).toMatch(/^Its host key is not known\./)
    expect((await look(host, { known: `${host.known}\n@revoked * ${host.publicKey}` })).detail).toMatch(/revoked/)
    expect(await host.asked()).toEqual([])
  })

  it('knows a host by its hashed name, and asks for the type of key that is known', async () => {
    const host = await fleet.host({ keyType: 'rsa' })
    const salt = randomBytes(20)
    const hash = createHmac('sha1', salt).update(`[127.0.0.1]:${host.port}`).digest('base64')
    const known = `|1|${salt.toString('base64')}|${hash} ${host.publicKey}`

    expect(await look(host, { known })).toMatchObject({ kind: 'active' })
  })

  it('tells that the host does not accept our key', async () => {
    expect(await look(await fleet.host(), { privateKey: fleet.strangersKey })).toEqual({
      kind: 'refused',
      detail: `It does not accept WORKER_SSH_KEY for the user ${USER}.`,
    })
  })

  it('trusts the first key when asked to, keeps it, and refuses another from then on', async () => {
    const first = await fleet.host()
    expect(await look(first, { known: '', onFirstUse: true })).toMatchObject({ kind: 'active' })
    expect(await look(first, { known: '', onFirstUse: true })).toMatchObject({ kind: 'active' })
    await first.stop()
    const second = await fleet.host({ port: first.port })

    expect((await look(second, { known: '', onFirstUse: true })).detail).toMatch(/not the one that is known/)
    expect(await second.asked()).toEqual([])
    // What people write down counts for more than what was seen first.
    expect(await look(second, { onFirstUse: true })).toMatchObject({ kind: 'active' })
  })

  it('learns no key from a host that does not let it in', async () => {
    const host = await fleet.host()
    await look(host, { known: '', onFirstUse: true, privateKey: fleet.strangersKey })

    expect(await memory.recall(`127.0.0.1:${host.port}`)).toBeUndefined()
  })

  it('keeps one of two first keys that are seen at once', async () => {
    const host = await fleet.host()
    const slow: KeyMemory = { recall: async () => undefined, learn: async () => 'AAAA' }
    const trust = createTrust(slow, { known: [], onFirstUse: true })
    const { privateKey } = fleet
    const probe = createProbe(trust, { user: USER, unit: 'u', privateKey, hostMs: PATIENT_MS })

    expect(await probe.check(at(host.port), ever)).toMatchObject({ kind: 'refused' })
    expect(await host.asked()).toEqual([])
  })

  it('takes no name of a unit that a shell could run', () => {
    for (const unit of ['x; touch /tmp/owned', '$(id)', '-H evil', 'a b', '`id`', 'x\ny', '../x', ''])
      expect(() => aProbe({ unit }), unit).toThrow(/not one of systemd/)
    expect(() => aProbe({ unit: 'coxswain-worker@3.service' })).not.toThrow()
  })

  describe('for its log', () => {
    const logs = (host: TestHost, lines: number, over: Over = {}) =>
      aProbe({ known: host.known, ...over }).logs(at(host.port), lines, ever)

    it('asks for so many lines of the unit, and returns them', async () => {
      const host = await fleet.host({ journalctl: 'seq 1 "$4"' })

      expect(await logs(host, 3)).toEqual(['1', '2', '3'])
      expect(await logs(host, 5_000)).toHaveLength(1_000)
      expect(await host.asked()).toEqual([
        'journalctl -u coxswain-worker -n 3 --no-pager',
        'journalctl -u coxswain-worker -n 1000 --no-pager',
      ])
    })

    it('shows no control character, whatever the worker wrote', async () => {
      const journalctl = `printf 'plain\\r\\n\\033[31mred\\033[0m \\a\\000 \\342\\200\\256evil\\n\\377\\376\\ttab\\n'`

      expect(await logs(await fleet.host({ journalctl }), 10)).toEqual([
        'plain',
        'red \ufffd\ufffd \ufffdevil',
        '\ufffd\ufffd\ttab',
      ])
    })

    it('keeps the newest half megabyte of many, and cuts long lines', async () => {
      const journalctl =
        'head -c 4000000 /dev/zero | tr "\\0" "x"; echo; seq 1 3; head -c 9000 /dev/zero | tr "\\0" "y"'
      const lines = await logs(await fleet.host({ journalctl }), 1_000)

      expect(lines.slice(0, 3)).toEqual(['1', '2', '3'])
      expect(lines[3]).toBe(`${'y'.repeat(2_000)}…`)
    })

    it('does not read a stream that never ends', async () => {
      const lines = await logs(await fleet.host({ journalctl: 'yes on and on' }), 5)

      expect(lines).toEqual(Array(5).fill('on and on'))
    })

    it('says why there is none', async () => {
      const host = await fleet.host({ journalctl: 'exit 1' })
      const stranger = { privateKey: fleet.strangersKey }

      await expect(logs(host, 5)).rejects.toMatchObject({
        code: 'upstream_unavailable',
        message: `The log cannot be read from 127.0.0.1:${host.port}. journalctl ended with exit code 1.`,
      })
      await expect(logs(host, 5, stranger)).rejects.toThrow(/does not accept WORKER_SSH_KEY/)
    })
  })
})
