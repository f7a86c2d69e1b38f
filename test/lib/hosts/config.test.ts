import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Environment, readConfig } from '#lib/config'
import { hostSettings, hostsConfig, parseHosts } from '#lib/hosts/config'
import { placeOf } from '#lib/queue/hosts'
import { HAS_SSHD } from '#test/helpers/sshd'

const host = (worker: string | null, address: string, port = 22) => ({ worker, address, port })

describe('WORKER_IPS', () => {
  it.each([
    ['10.0.0.11', [host(null, '10.0.0.11')]],
    [' 10.0.0.11 , w2.example.com,', [host(null, '10.0.0.11'), host(null, 'w2.example.com')]],
    ['10.0.0.11:2222', [host(null, '10.0.0.11', 2222)]],
    ['worker-1=10.0.0.11', [host('worker-1', '10.0.0.11')]],
    ['w.1=host:2222', [host('w.1', 'host', 2222)]],
    [
      'fe80::1,[fe80::2],w3=[fe80::3]:2222',
      [host(null, 'fe80::1'), host(null, 'fe80::2'), host('w3', 'fe80::3', 2222)],
    ],
    ['w1=10.0.0.11,w2=10.0.0.11', [host('w1', '10.0.0.11'), host('w2', '10.0.0.11')]],
  ])('%s', (text, hosts) => {
    expect(parseHosts(text)).toEqual(hosts)
  })

  it.each([
    '10.0.0.11,10.0.0.11:22',
    'w1=a,w1=b',
    'a:0',
    'a:65536',
    'a:b',
    '[10.0.0.1]:22',
    '-oProxyCommand',
    'a b',
    'w 1=a',
    '$(id)',
    'a;b',
    Array.from({ length: 101 }, (_, n) => `h${n}`).join(','),
  ])('not %s', (text) => {
    expect(parseHosts(text)).toBeUndefined()
  })

  it('comes back from what it is called', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}[a-z0-9]$/))
    const id = fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/))
    fc.assert(
      fc.property(fc.record({ worker: id, address, port: fc.integer({ min: 1, max: 65_535 }) }), (one) => {
        const bare = one.port === 22 && one.worker === null
        expect(parseHosts(`${one.worker === null ? '' : `${one.worker}=`}${placeOf(one)}`)).toEqual([one])
        if (bare) expect(placeOf(one)).toBe(one.address)
      }),
    )
  })
})

describe.skipIf(!HAS_SSHD)('the settings of the hosts', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coxswain-hosts-'))
    for (const [name, phrase] of [
      ['plain', ''],
      ['locked', 'secret phrase'],
    ] as const)
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-f', join(folder, name)])
    writeFileSync(join(folder, 'known_hosts'), `10.0.0.11 ${readFileSync(join(folder, 'plain.pub'), 'utf8')}`)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const read = (env: Environment) => hostsConfig(readConfig(hostSettings, env))

  it('need nothing without hosts', () => {
    expect(read({ WORKER_SSH_KEY: '/root/.ssh/none' })).toMatchObject({
      hosts: [],
      user: 'root',
      unit: 'coxswain-worker',
    })
  })

  it('take the key and the known hosts as paths, as text, and as text in one line', () => {
    const [keyPath, knownPath] = [join(folder, 'plain'), join(folder, 'known_hosts')]
    const [key, known] = [readFileSync(keyPath, 'utf8'), readFileSync(knownPath, 'utf8')]
    const hosts = { WORKER_IPS: '10.0.0.11' }
    const expected = { privateKey: key.trim(), known: [{ hosts: '10.0.0.11', type: 'ssh-ed25519' }], onFirstUse: false }
    const inOneLine = (text: string) => text.trim().replaceAll('\n', '\\n')
    for (const [WORKER_SSH_KEY, WORKER_KNOWN_HOSTS] of [
      [keyPath, knownPath],
      [key, known],
      [inOneLine(key), inOneLine(known)],
    ] as const) {
      const config = read({ ...hosts, WORKER_SSH_KEY, WORKER_KNOWN_HOSTS })
      expect({ ...config, privateKey: config.privateKey.trim() }).toMatchObject(expected)
    }
  })

  it.each([
    [{}, /WORKER_SSH_KEY: is not set, but WORKER_IPS is/],
    [{ WORKER_SSH_KEY: '/none' }, /WORKER_SSH_KEY: names a file that cannot be read/],
    [{ WORKER_SSH_KEY: '-----BEGIN NONSENSE-----' }, /WORKER_SSH_KEY: is no private key/],
    [{ WORKER_KNOWN_HOSTS: 'a b' }, /WORKER_SSH_KEY: .*; WORKER_KNOWN_HOSTS: line 1 is not/],
  ])('name everything that is wrong at once: %o', (env, complaint) => {
    expect(() => read({ WORKER_IPS: '10.0.0.11', ...env })).toThrow(complaint)
  })

  it.each([
    ['localhost', 'localhost:22'],
    ['w1=127.0.0.1:2222', '127.0.0.1:2222'],
    ['[::1]:2222', '[::1]:2222'],
  ])('take %s, which is this very machine, only where it is listed', (ips, place) => {
    const env = { WORKER_IPS: ips, WORKER_SSH_KEY: join(folder, 'plain') }
    expect(() => read(env)).toThrow(`WORKER_IPS: ${place} leads to this machine; list it in ALLOW_PRIVATE_URLS`)
    expect(read({ ...env, ALLOW_PRIVATE_URLS: place }).hosts).toHaveLength(1)
  })

  it('take no metadata service for a host, whatever is listed', () => {
    const env = { WORKER_SSH_KEY: join(folder, 'plain'), ALLOW_PRIVATE_URLS: '169.254.169.254:22' }
    expect(() => read({ ...env, WORKER_IPS: '169.254.169.254' })).toThrow(/WORKER_IPS: .* is link-local/)
  })

  it('take no key that asks for a phrase, and no public one', () => {
    for (const name of ['locked', 'plain.pub'])
      expect(() => read({ WORKER_IPS: 'a', WORKER_SSH_KEY: join(folder, name) })).toThrow(/without a passphrase/)
  })

  it.each([
    { WORKER_IPS: 'a;b' },
    { WORKER_UNIT: 'x; reboot' },
    { WORKER_SSH_USER: '-l root' },
    { WORKER_SSH_TRUST_ON_FIRST_USE: 'yes' },
    { WORKER_HEALTH_CHECK_INTERVAL: '0' },
  ])('are refused by name: %o', (env) => {
    expect(() => read(env)).toThrow(new RegExp(`The configuration is wrong\\. ${Object.keys(env)[0]}: must be`))
  })
})
