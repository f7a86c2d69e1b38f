/** Why another program cannot be spoken to, seen with real connections. */
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { troubleOf } from '#worker/trouble'

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function troubleWith(url: string, init: RequestInit = {}): Promise<string> {
  const error = await fetch(url, init).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return troubleOf(error, { setting: 'ORCHESTRATOR_URL', url })
}

async function closedPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('the trouble with a connection', () => {
  it('is a host that DNS does not know', async () => {
    expect(await troubleWith('http://no-such-host.invalid/')).toMatch(
      /no-such-host\.invalid (?:is not known to DNS|cannot be looked up)/,
    )
  })

  it('is a port at which nothing listens', async () => {
    expect(await troubleWith(`http://127.0.0.1:${await closedPort()}/`)).toMatch(
      /nothing listens at .*ORCHESTRATOR_URL/,
    )
  })

  it('is TLS spoken to a port that has none', async () => {
    const port = await portOf(createHttp((_, response) => void response.end()))

    expect(await troubleWith(`https://127.0.0.1:${port}/`)).toContain('begin with http:// instead of https://')
  })

  it('is a port of another protocol', async () => {
    const port = await portOf(createServer((socket) => void socket.on('error', () => undefined).write('SSH-2.0-x\r\n')))

    expect(await troubleWith(`http://127.0.0.1:${port}/`)).toContain('does not speak HTTP')
  })

  it('is a connection that the other side ends', async () => {
    const port = await portOf(createServer((socket) => void socket.destroy()))

    expect(await troubleWith(`http://127.0.0.1:${port}/`)).toContain('ended the connection without an answer')
  })

  it('is a redirect', async () => {
    const port = await portOf(createHttp((_, response) => void response.writeHead(302, { location: '/x' }).end()))

    expect(await troubleWith(`http://127.0.0.1:${port}/`, { redirect: 'error' })).toContain(
      'leads on to another address',
    )
  })

  it('is an answer that does not come', async () => {
    const port = await portOf(createServer((socket) => void socket.on('error', () => undefined)))

    expect(await troubleWith(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(20) })).toContain('in time')
  })

  it.each([
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another name'],
  ])('is a certificate (%s)', (code, words) => {
    const error = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })

    expect(troubleOf(error, { setting: 'GITHUB_API_URL', url: 'https://github.example/api' })).toContain(words)
  })

  it('is quoted when it is none of those', () => {
    const error = new TypeError('fetch failed', { cause: new Error('the moon is full') })

    expect(troubleOf(error, { setting: 'X', url: 'https://a.example/' })).toBe(
      'a.example cannot be spoken to (the moon is full).',
    )
  })
})
