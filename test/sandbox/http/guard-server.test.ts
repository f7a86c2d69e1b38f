import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect as connectSocket, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { doorOf, LOOPBACK_ONLY } from '#sandbox/http/doors'
import { guardServer, guardStreams } from '#sandbox/http/guard-server'
import { hear } from '#test/security/support/raw'

const guarding = { door: () => doorOf(LOOPBACK_ONLY), maxBodyBytes: 10, withoutCors: true }

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A server that grants everything to every origin, as serverless-offline does. */
async function aGenerousServer() {
  const seen: (string | undefined)[] = []
  const server = createServer((incoming, answer) => {
    seen.push(incoming.headers.origin)
    answer.setHeader('access-control-allow-origin', incoming.headers.origin ?? '*')
    answer.writeHead(200, { 'content-type': 'text/plain' }).end('secret')
  })
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  return { port: await portOf(guardServer(server, guarding)), seen }
}

/** Everything that the port says to bytes of a socket, until it hangs up. */
async function said(port: number, bytes: string): Promise<string> {
  const socket = connectSocket(port, '127.0.0.1')
  socket.write(bytes)
  let text = ''
  for await (const piece of socket) text += piece
  return text
}

describe('a guarded server', () => {
  it('says in a problem document why it refuses, before any listener sees the request', async () => {
    const { port, seen } = await aGenerousServer()
    const { status, headers, text } = await hear({ port, headers: { origin: 'http://evil.example' } })
    expect({ status, type: headers['content-type'] }).toEqual({ status: 403, type: 'application/problem+json' })
    expect(JSON.parse(text)).toMatchObject({
      type: 'urn:coxswain:problem:forbidden',
      status: 403,
      code: 'forbidden',
      detail: expect.stringContaining('evil.example'),
    })
    expect(seen).toEqual([])
  })

  it('grants nothing to its own origin either', async () => {
    const { port, seen } = await aGenerousServer()
    const heard = await hear({ port, headers: { origin: `http://127.0.0.1:${port}` } })
    expect(heard).toMatchObject({ status: 200, text: 'secret' })
    expect(Object.keys(heard.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect(seen).toEqual([undefined])
  })

  it('refuses a large body by what is announced', async () => {
    const { port } = await aGenerousServer()
    expect(await hear({ port, method: 'POST', body: 'x'.repeat(11) })).toMatchObject({ status: 413 })
    expect(await hear({ port, method: 'POST', body: 'x'.repeat(10) })).toMatchObject({ status: 200 })
  })

  it.each([
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['long headers', `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('says in a problem document that it cannot read %s', async (_what, text, status) => {
    const { port, seen } = await aGenerousServer()
    const [head = '', body = ''] = (await said(port, text)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('content-type: application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status })
    expect(seen).toEqual([])
  })

  it('writes nothing into an answer that has begun', async () => {
    const { port } = await aGenerousServer()
    const answers = await said(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nFOO / HTTP/1.1\r\n\r\n')
    expect(answers).toMatch(/^HTTP\/1.1 200 OK/)
    expect(answers).not.toContain('problem')
  })

  it('hangs up on a WebSocket of another origin', async () => {
    const { port } = await aGenerousServer()
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', origin: 'http://evil.example' }
    const asked = request({ host: '127.0.0.1', port, headers: upgrade })
    asked.end()
    await expect(once(asked, 'upgrade')).rejects.toThrow()
  })
})

describe('a guarded server of HTTP/2, as gRPC speaks it', () => {
  async function statusFor(headers: Record<string, string>): Promise<number> {
    const server = createHttp2Server()
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 })
      stream.end()
    })
    const session = connect(`http://127.0.0.1:${await portOf(guardStreams(server, guarding))}`)
    onTestFinished(() => session.close())
    const stream = session.request({ ':path': '/', ...headers })
    const [answered] = await once(stream, 'response')
    stream.resume()
    await once(stream, 'end')
    return answered[':status']
  }

  it('judges the authority and the origin', async () => {
    expect(await statusFor({})).toBe(200)
    expect(await statusFor({ ':authority': 'evil.example' })).toBe(421)
    expect(await statusFor({ origin: 'http://evil.example' })).toBe(403)
  })
})
