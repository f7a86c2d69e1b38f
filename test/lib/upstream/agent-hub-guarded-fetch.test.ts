import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { kindOfAddress } from '#lib/upstream/addresses'
import { checkedUrl, createGuardedFetch, mayConnect } from '#lib/upstream/guarded-fetch'

const AWAY = { allowed: [] }
const listed = (port: number, host = '127.0.0.1') => ({ allowed: [`${host}:${port}`] })

/** Where a machine finds its own credentials, in each form that leads there. */
const METADATA = [
  '169.254.169.254',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fe80::1',
  '::ffff:169.254.169.254',
  '::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::',
  '2001:0:a9fe:a9fe::',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
]

async function aServer(listener: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0
  const server = createServer((request, response) => {
    hits += 1
    listener(request, response)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, hits: () => hits }
}

describe('an address that a user set', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://172.20.0.1/',
    'https://100.64.0.1/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://hub.localhost/',
    'http://localhost:8001',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://0.0.0.0/',
    'http://hub.example.com/',
    'file:///etc/passwd',
    'ftp://hub.example.com',
    'gopher://x',
    'https://user:secret@hub.example.com/',
    'javascript:alert(1)',
    'not an address',
    '',
  ])('is refused at once: %s', (url) => {
    expect(() => checkedUrl(url, AWAY)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('may be public by https, or listed by host and port', () => {
    expect(checkedUrl('https://hub.example.com/x', AWAY).host).toBe('hub.example.com')
    expect(checkedUrl('http://localhost:8001', listed(8001, 'localhost')).port).toBe('8001')
    expect(checkedUrl('http://LOCALHOST:8001', listed(8001, 'localhost')).port).toBe('8001')
    expect(checkedUrl('http://[::1]:8001', listed(8001, '[::1]')).port).toBe('8001')
    expect(checkedUrl('http://10.1.2.3', listed(80, '10.1.2.3')).hostname).toBe('10.1.2.3')
    expect(() => checkedUrl('http://localhost:8002', listed(8001, 'localhost'))).toThrow()
    expect(() => checkedUrl('http://127.0.0.1:8001', listed(8001, 'localhost'))).toThrow()
    expect(() => checkedUrl('http://10.1.2.3:9001', listed(9000, '10.1.2.3'))).toThrow()
  })

  it.each(['http://localhost:8001', 'https://10.0.0.1:8001', 'http://hub.example.com:8001'])(
    'is refused with what to list, and where: %s',
    (url) => {
      expect(() => checkedUrl(url, AWAY)).toThrow(`list ${new URL(url).host} in ALLOW_PRIVATE_URLS`)
    },
  )

  it.each(METADATA)('is never %s, whatever is listed', (address) => {
    const host = address.includes(':') ? `[${address}]` : address
    const url = new URL(`http://${host}/`)
    expect(() => checkedUrl(url.href, listed(80, url.hostname))).toThrow(/link-local/)
    expect(mayConnect(address, true)).toBe(false)
    expect(kindOfAddress(address)).toBe('never')
  })

  it.each(['127.0.0.1', '10.9.8.7', '::ffff:10.0.0.1', 'fe80::1', 'fd12::1', '169.254.1.1', '::', '224.0.0.1'])(
    'that resolves to %s is not connected to',
    (address) => expect(mayConnect(address)).toBe(false),
  )

  it.each(['127.0.0.1', '::1', '10.9.8.7', 'fd12::1'])('that resolves to %s is, where it is listed', (address) =>
    expect(mayConnect(address, true)).toBe(true),
  )

  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '172.32.0.1'])('that resolves to %s is', (address) =>
    expect(mayConnect(address)).toBe(true),
  )
})

describe('the two tables of addresses', () => {
  it('agree: an address that is not public is reached only where it is listed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        if (kindOfAddress(address) !== 'public') expect(mayConnect(address)).toBe(false)
        if (kindOfAddress(address) === 'never') expect(mayConnect(address, true)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a guarded request', () => {
  it('is judged by what its name resolves to when it connects', async () => {
    const { port, hits } = await aServer((_, response) => response.end('hello'))
    const guarded = createGuardedFetch(AWAY)
    // The name is not known to lead here before it is resolved: this machine's own one does.
    const { hostname } = await import('node:os')
    const url = `https://${hostname().toLowerCase()}:${port}/`
    await expect(guarded({ method: 'GET', url, timeoutMs: 2_000 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(invalid|upstream_unavailable)$/),
    })
    expect(hits()).toBe(0)
  })

  it('reaches a listed address and sends what it is given', async () => {
    const { port } = await aServer((request, response) => {
      response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers['idempotency-key']}`)
      request.pipe(response)
    })
    const guarded = createGuardedFetch(listed(port))
    const answer = await guarded({
      method: 'POST',
      url: `http://127.0.0.1:${port}/x`,
      headers: { 'idempotency-key': 'k' },
      body: 'héllo',
      timeoutMs: 2_000,
    })
    expect(answer).toMatchObject({ status: 200, text: 'héllo', headers: { 'x-seen': 'POST /x k' } })
  })

  it('follows no redirect', async () => {
    const inner = await aServer((_, response) => response.end('secret'))
    const { port } = await aServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    )
    const answer = await createGuardedFetch(listed(port))({
      method: 'GET',
      url: `http://127.0.0.1:${port}/`,
      timeoutMs: 2_000,
    })
    expect(answer.status).toBe(302)
    expect(inner.hits()).toBe(0)
  })

  it('ends an answer that is too large, one that never comes, and one that breaks off', async () => {
    const large = await aServer((_, response) => response.end('x'.repeat(2_000_000)))
    const silent = await aServer(() => undefined)
    const broken = await aServer((_, response) => {
      response.write('half')
      setImmediate(() => response.destroy())
    })
    for (const { port } of [large, silent, broken]) {
      const asked = { method: 'GET', url: `http://localhost:${port}/`, timeoutMs: 400 } as const
      const guarded = createGuardedFetch(listed(port, 'localhost'))
      await expect(guarded(asked)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    }
  })

  it('never quotes the path, which may hold a secret', async () => {
    const asked = { method: 'GET', url: 'http://127.0.0.1:1/hooks/s3cret', timeoutMs: 400 } as const
    await expect(createGuardedFetch(listed(1))(asked)).rejects.toThrow(/^127\.0\.0\.1:1 does not answer\.$/)
  })
})
