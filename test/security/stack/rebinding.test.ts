import { describe, expect, it } from 'vitest'
import { theStack } from '../support/a-stack.ts'
import { hasProc, portsOf } from '../support/ports.ts'
import { send } from '../support/raw.ts'

/** The gRPC port speaks HTTP/2 alone, which no page can speak to it; the rest answers. */
const PORTS_OF_HTTP = 8

describe.skipIf(!hasProc)('every port of a running stack (read from /proc)', () => {
  const stack = theStack()
  const grpc = () => Number(stack().dev.grpc.split(':').at(-1))
  const open = () => portsOf(stack()).filter(({ address }) => address === '127.0.0.1')

  it('is on loopback', () => {
    expect(portsOf(stack()).filter(({ address }) => !address.startsWith('127.'))).toEqual([])
    expect(open().filter(({ port }) => port !== grpc())).toHaveLength(PORTS_OF_HTTP)
  })

  it.each([
    ['a name that DNS was made to lead here', { host: 'evil.example' }, 421],
    ['an address of another machine', { host: '192.0.2.7' }, 421],
    ['a page of another origin', { origin: 'http://evil.example' }, 403],
    ['a page of another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['an image of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ])('refuses %s', async (_whom, headers: Record<string, string>, status) => {
    for (const { port } of open()) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const heard = await send({ port, method, headers: { host: `127.0.0.1:${port}`, ...headers } })
        if (port === grpc()) expect(heard).toBe('silence')
        else expect(heard, `${method} ${port}`).toMatchObject({ status })
      }
    }
  })

  it('grants no origin anything, not even its own', async () => {
    for (const { port } of open().filter(({ port }) => port !== grpc())) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const asking = { origin: `http://127.0.0.1:${port}`, 'access-control-request-method': 'PUT' }
        const heard = await send({ port, method, headers: { host: `127.0.0.1:${port}`, ...asking } })
        const named = heard === 'silence' ? ['silence'] : Object.keys(heard.headers)
        expect(named.filter((name) => name === 'silence' || name.startsWith('access-control-'))).toEqual([])
      }
    }
  })

  it('hides the engine of the table at an address that is drawn at each start', async () => {
    const hidden = portsOf(stack()).filter(({ address }) => address !== '127.0.0.1')
    expect(hidden).toHaveLength(1)
    const [engine] = hidden
    expect(await send({ port: engine?.port ?? 0 })).toBe('silence')
  })
})
