/** Which methods a path takes, held against serverless.yml. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '#lib/http/route-table'
import { methodsOf } from '#lib/http/routes'
import { readService } from '#scripts/service-file'
import { aStack, send } from '#test/helpers/http'

describe('the table of routes', () => {
  it('is that of serverless.yml', () => {
    const events = Object.values(readService().functions).flatMap((fn) => fn.events)
    const routes = events.flatMap(({ httpApi }) =>
      httpApi === undefined || typeof httpApi === 'string' ? [] : [`${httpApi.method.toUpperCase()} ${httpApi.path}`],
    )
    expect(ROUTES).toEqual(routes.toSorted())
  })

  it('names each route for the paths that it fits', () => {
    for (const route of ROUTES) {
      const [method = '', path = ''] = route.split(' ')
      expect(methodsOf(path.replaceAll(/\{[^}]+\}/g, 'x'))).toContain(method)
    }
  })
})

describe('the methods of a path', () => {
  it.each([
    ['/health', ['GET']],
    ['/work/next', ['GET', 'POST']],
    ['/workers/w1', ['DELETE', 'GET']],
    ['/queue/acme/shop/7/retry', ['POST']],
    ['/queue/acme//7/retry', []],
    ['/queue/', []],
    ['//queue', []],
    ['/nowhere', []],
    ['', []],
    ['/__proto__', []],
  ])('of %s are %j', (path, methods) => {
    expect(methodsOf(path)).toEqual(methods)
  })

  it('are found for any text', () => {
    fc.assert(fc.property(fc.string(), (path) => Array.isArray(methodsOf(path))))
  })
})

describe('a method that is not the route’s', () => {
  it('is refused before the handler runs, with those that the path takes', async () => {
    let ran = 0
    const handler = aStack().api({ scope: 'worker' }, () => {
      ran += 1
    })
    const event = { route: 'GET /work/next', method: 'HEAD' }

    expect(await send(handler, event)).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST', 'content-type': 'application/problem+json' },
      body: { code: 'method_not_allowed', allowed: ['GET', 'POST'], detail: expect.stringContaining('no HEAD') },
    })
    expect(ran).toBe(0)
  })
})
