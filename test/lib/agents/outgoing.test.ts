import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPost, reasonOf } from '#lib/agents/outgoing'
import { fetchBy } from '#lib/agents/sdk'
import { unheardOf } from '#lib/agents/silence'
import { AppError } from '#lib/errors'
import { listing } from '#test/helpers/addresses'

const AWAY = { allowed: [] }
const never = new AbortController().signal
const posted = (url: string, signal = never) => ({ url, headers: {}, body: '{}', signal })

async function aServer(listener: RequestListener) {
  let hits = 0
  let connections = 0
  const server = createServer((request, response) => {
    hits += 1
    listener(request, response)
  }).listen(0, '127.0.0.1')
  server.on('connection', () => {
    connections += 1
  })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, hits: () => hits, connections: () => connections }
}

describe('a request to an agent', () => {
  it('reaches what is listed, and nothing else that is private', async () => {
    const { port, hits } = await aServer((request, response) => request.pipe(response))
    const url = `http://127.0.0.1:${port}/x`
    await expect(createPost(AWAY)(posted(url))).rejects.toMatchObject({ code: 'invalid' })
    expect(hits()).toBe(0)
    const listed = createPost(listing(url))
    expect(await listed(posted(url))).toMatchObject({ status: 200, text: '{}' })
  })

  it('is judged by what its name resolves to when it connects', async () => {
    const { port, hits } = await aServer((_, response) => response.end('hello'))
    const failing = createPost(AWAY)(posted(`https://${hostname().toLowerCase()}:${port}/`))
    const error = await failing.catch((thrown: unknown) => thrown)
    expect(['forbidden', 'unreachable']).toContain(reasonOf(error))
    expect(hits()).toBe(0)
  })

  it('follows no redirect', async () => {
    const inner = await aServer((_, response) => response.end('secret'))
    const location = `http://127.0.0.1:${inner.port}/`
    const { port } = await aServer((_, response) => response.writeHead(307, { location }).end())
    expect(await createPost(listing(`http://localhost:${port}`))(posted(`http://localhost:${port}/`))).toMatchObject({
      status: 307,
    })
    expect(inner.hits()).toBe(0)
  })

  it('ends with its signal, and never quotes the path', async () => {
    const { port } = await aServer(() => undefined)
    const url = `http://127.0.0.1:${port}/s3cret`
    await expect(createPost(listing(url))(posted(url, AbortSignal.timeout(30)))).rejects.toMatchObject({
      message: `127.0.0.1:${port} was not waited for any longer.`,
      details: { reason: 'aborted' },
    })
  })

  it('goes over the connection that the one before it has left open', async () => {
    const { port, hits, connections } = await aServer((request, response) => request.pipe(response))
    const post = createPost(listing(`http://127.0.0.1:${port}`))
    for (let at = 0; at < 3; at++) await post(posted(`http://127.0.0.1:${port}/`))
    expect([hits(), connections()]).toEqual([3, 1])
  })

  it('is sent again over a new connection when the one that was kept is closed', async () => {
    const used = new WeakSet<object>()
    const { port, hits, connections } = await aServer((request, response) => {
      if (used.has(request.socket)) return request.socket.destroy()
      used.add(request.socket)
      return request.pipe(response)
    })
    const post = createPost(listing(`http://127.0.0.1:${port}`))
    const url = `http://127.0.0.1:${port}/`
    expect([await post(posted(url)), await post(posted(url))]).toMatchObject([{ text: '{}' }, { text: '{}' }])
    expect([hits(), connections()]).toEqual([3, 2])
  })

  it('is not sent again when a new connection is closed without an answer', async () => {
    const { port, hits } = await aServer((request) => request.socket.destroy())
    const error = await createPost(listing(`http://127.0.0.1:${port}`))(posted(`http://127.0.0.1:${port}/`)).catch(
      (thrown: unknown) => thrown,
    )
    expect([reasonOf(error), hits()]).toEqual(['unreachable', 1])
  })

  it('looks to a library like any other', async () => {
    const { port } = await aServer((_, response) => response.writeHead(200, { 'content-encoding': 'x' }).end())
    const answer = await fetchBy(createPost(listing(`http://127.0.0.1:${port}`)))(
      new Request(`http://127.0.0.1:${port}/`),
    )
    expect([answer.status, await answer.text(), answer.headers.get('content-encoding')]).toEqual([200, '', null])
  })
})

describe('silence', () => {
  it('is explained by the reason inside whatever a library made of it', () => {
    const inner = new AppError('upstream_unavailable', 'x', { details: { reason: 'too_large' } })
    expect(reasonOf(new Error('a', { cause: new Error('b', { cause: inner }) }))).toBe('too_large')
    expect(reasonOf(new AppError('invalid', 'This address is refused.'))).toBe('forbidden')
    expect([reasonOf('text'), reasonOf(new Error('other'))]).toEqual([undefined, undefined])
    const forbidden = new AppError('upstream_unavailable', 'x', { details: { reason: 'forbidden' } })
    expect(unheardOf('hub', forbidden, never)).toMatchObject({ failure: { kind: 'unavailable' }, repeat: false })
  })
})
