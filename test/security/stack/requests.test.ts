/** What strangers send to a running stack is answered by us: a problem document or a success, and no failure, ever. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scope } from '#lib/auth/scopes'
import { ROUTES } from '#lib/http/route-table'
import { aFolder, aStack, drop, endAll } from '#test/e2e/support/stack'
import { type Ask, foreign, type Sent, stranger } from './support.ts'

const dataDir = aFolder()
let ask: Ask

beforeAll(async () => {
  ask = stranger((await aStack({ dataDir })).dev)
})
afterAll(async () => {
  await endAll()
  drop(dataDir)
})

/** Each kind of body and each type once; the types share what is done before any route reads the body. */
const BODIES: readonly (readonly [body: string, type: string | undefined])[] = [
  ['false', 'application/json'],
  ['null', 'application/json'],
  ['""', 'application/json'],
  ['"{}"', 'application/json'],
  ['{', 'application/json'],
  ['0', undefined],
  ['[]', undefined],
  ['1', 'text/plain'],
  ['"x"', 'text/plain'],
]
const SCOPES = ['operator', 'worker', 'reader'] as const

/** What was answered by others than us, by request; each is asked with the first token that the route takes. */
async function walk(requests: readonly Sent[]): Promise<readonly string[]> {
  const wrong: string[] = []
  const scopes: Scope[] = [...SCOPES]
  for (const sent of requests) {
    let received = await ask(sent, scopes[0])
    while (received.status === 403 && scopes.length > 1) {
      scopes.shift()
      received = await ask(sent, scopes[0])
    }
    const why = foreign(received)
    if (why !== undefined) wrong.push(`${JSON.stringify(sent)}: ${why}`)
  }
  return wrong
}

const pathOf = (template: string) => template.replaceAll(/\{[^}]+\}/g, '1')
const splitRoutes = ROUTES.map((route) => route.split(' ') as [method: string, path: string])

describe('a body that is no object', () => {
  it.each(splitRoutes)('is refused or not read by %s %s', async (method, template) => {
    const path = pathOf(template)
    // A body of GET is read by no route.
    const bodies = method === 'GET' ? BODIES.slice(0, 1) : BODIES
    const requests = bodies.map(([body, type]) => {
      return { method, path, body, ...(type !== undefined && { headers: { 'content-type': type } }) }
    })

    expect(await walk(requests)).toEqual([])
  })

  it.each(['false', '0', 'null', '""', '[]', '"x"', '"{}"', '1'])(
    'is told so where an object is needed: %s',
    async (body) => {
      for (const type of ['application/json', undefined]) {
        const headers = type === undefined ? {} : { 'content-type': type }
        expect(await ask({ method: 'POST', path: '/work/complete', headers, body }, 'worker')).toMatchObject({
          status: 422,
          text: expect.stringMatching(/expected object/),
        })
      }
    },
  )
})

describe('a method that a path does not take', () => {
  it.each(['/health', '/queue', '/work/next', '/work/complete', '/workers/w1/logs', '/queue/acme/shop/7/retry'])(
    'is refused with those that %s takes',
    async (path) => {
      const takes = new Set<unknown>()
      for (const method of ['DELETE', 'PUT', 'PATCH', 'TRACE', 'PROPFIND', 'HEAD']) {
        const { status, headers } = await ask({ method, path }, 'operator')
        expect([method, status, headers['content-type']]).toEqual([method, 405, 'application/problem+json'])
        takes.add(headers['allow'])
      }
      expect([...takes]).toEqual([expect.stringMatching(/^(GET|POST)(, POST)?$/)])
      expect(await ask({ method: 'OPTIONS', path })).toMatchObject({ status: 204, headers: { allow: [...takes][0] } })
    },
  )

  it('changes nothing by HEAD, although GET would lease', async () => {
    expect(await ask({ method: 'HEAD', path: '/work/next?worker_id=w1' }, 'worker')).toMatchObject({ status: 405 })
    const { text } = await ask({ method: 'GET', path: '/queue' }, 'reader')
    expect(JSON.parse(text)).toMatchObject({ in_progress: [] })
  })

  it('tells a browser of another origin nothing that would let it call', async () => {
    const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const { headers: answered } = await ask({ method: 'OPTIONS', path: '/github/poll', headers })
    expect(Object.keys(answered).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })
})

describe('a path that none of ours is', () => {
  it.each(
    [
      '/nowhere',
      '//queue',
      '/queue//',
      '/queue%2f',
      '/queue%2facme%2fshop',
      '/workers/%2f',
      '/workers/%2e%2e',
      '/workers/%00',
      '/workers/%ff',
      '/%ff',
      '/%',
      '/%zz',
      '/queue/%c0%ae/shop/7/retry',
      '/x/../../etc/passwd',
      '/docs/assets/..%2f..%2fpackage.json',
      '/docs/assets/%2e%2e%2fpackage.json',
      '/workers/a\\b',
      `/${'a'.repeat(9_000)}`,
      `/workers/${'%41'.repeat(3_000)}`,
      '*',
      '/queue?limit=%ff',
      '/queue?limit=%',
      '/queue?limit=1&limit=2',
      '/queue?limit[]=1',
      '/queue?%00=1',
      '/queue?__proto__=1&constructor=2',
      `/queue?cursor=${'a'.repeat(9_000)}`,
      '/deliberations?cursor=%ff%fe',
      '/work/next?worker_id=%ff',
      'http://attacker.example/queue',
    ].map((path) => [path.slice(0, 40), path]),
  )('is answered by us: %s', async (_, path) => {
    expect(await walk([{ method: 'GET', path }])).toEqual([])
  })
})

describe('headers that nobody should send', () => {
  it.each<[string, Record<string, string>]>([
    ['Latin-1', { 'x-note': 'h\u00e9' }],
    ['a token in Latin-1', { authorization: 'Bearer h\u00e9' }],
    ['a scheme without a token', { authorization: 'Bearer' }],
    ['a broken cookie', { cookie: 'a=b; \u00e9=1; =;"' }],
    ['a correlation id in Latin-1', { 'x-correlation-id': 'h\u00e9\t' }],
    ['an idempotency key in Latin-1', { 'idempotency-key': 'h\u00e9' }],
    ['a preference that is none', { prefer: ';;=,' }],
    ['an encoding that is none', { 'accept-encoding': 'gzip;q=abc' }],
    ['an If-None-Match that is none', { 'if-none-match': '"' }],
    ['a range that is none', { range: 'bytes=x-y' }],
    ['ten thousand characters', { 'x-long': 'a'.repeat(10_000) }],
  ])('are answered by us: %s', async (_, headers) => {
    const requests = [
      { method: 'GET', path: '/queue', headers },
      { method: 'GET', path: '/docs', headers },
      { method: 'POST', path: '/work/complete', headers, body: '{}' },
    ]

    expect(await walk(requests)).toEqual([])
  })
})
