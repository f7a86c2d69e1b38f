import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { answer } from '#lib/http/answer'
import { aContext, aRequest, aStack, send, tokenOf } from '#test/helpers/http'

const report = z.strictObject({
  worker_id: z.string().min(1),
  issue_number: z.int().positive(),
  error: z.string().optional(),
})

/** A route like those of the queue. */
function aReportRoute() {
  const stack = aStack()
  const seen: unknown[] = []
  const handler = stack.api({ scope: 'worker', body: report }, ({ body, caller, correlationId }) => {
    caller.mustBe(body.worker_id)
    seen.push({ body, correlationId })
    return { status: 'acknowledged' }
  })
  return { ...stack, handler, seen }
}

const valid = { route: 'POST /work/failed', body: { worker_id: 'w1', issue_number: 7 } }

describe('a handler', () => {
  it('gets checked input and answers JSON', async () => {
    const { handler, seen } = aReportRoute()

    const { status, headers, body } = await send(handler, valid)

    expect({ status, body }).toEqual({ status: 200, body: { status: 'acknowledged' } })
    expect(headers['content-type']).toBe('application/json')
    expect(seen).toEqual([{ body: { worker_id: 'w1', issue_number: 7 }, correlationId: 'fresh-id' }])
  })

  it('gets path, query and body typed by their schemas', async () => {
    const { api } = aStack()
    const handler = api(
      {
        scope: 'open',
        params: z.object({ id: z.coerce.number() }),
        query: z.object({ limit: z.coerce.number().default(20) }),
      },
      ({ params, query, body, caller }) => ({ id: params.id + 1, limit: query.limit, body, owner: caller.owner }),
    )
    const { body } = await send(handler, { params: { id: '6' }, told: null })
    expect(body).toEqual({ id: 7, limit: 20, body: {}, owner: 'anonymous' })
  })

  it('may choose status, headers and form of its answer', async () => {
    const { api } = aStack()
    const made = api({ scope: 'open' }, () => answer(201, { id: 1 }, { location: '/things/1' }))
    const nothing = api({ scope: 'open' }, () => undefined)
    const page = api({ scope: 'open' }, () =>
      answer(200, '<p>', { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" }),
    )

    expect(await send(made)).toMatchObject({ status: 201, headers: { location: '/things/1' }, body: { id: 1 } })
    expect(await nothing(aRequest())).toMatchObject({ statusCode: 204 })
    expect(await page(aRequest())).toMatchObject({
      body: '<p>',
      headers: { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" },
    })
  })

  it('is hardened against browsers, in success and failure', async () => {
    const { handler } = aReportRoute()
    for (const request of [valid, { ...valid, told: null }]) {
      expect((await send(handler, request)).headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringContaining('max-age='),
        'x-content-type-options': 'nosniff',
      })
    }
  })
})

describe('who may call', () => {
  const reasons = ['missing', 'unknown', 'revoked', 'expired']

  it.each(reasons)('answers 401 as a problem when the token is %s', async (problem) => {
    const { handler, seen } = aReportRoute()
    const { status, headers, body } = await send(handler, { ...valid, told: { problem } })

    expect({ status, code: body.code, problem: body.problem }).toEqual({
      status: 401,
      code: 'unauthenticated',
      problem,
    })
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'www-authenticate': expect.any(String),
    })
    expect(seen).toEqual([])
  })

  it('is closed when nothing was told, when it makes no sense, and when told by the request itself', async () => {
    const { handler, seen } = aReportRoute()
    const worker = tokenOf('w1', 'worker')
    const attempts = [
      { told: null },
      { told: {} },
      { told: { ...worker, owner: '' } },
      { told: { ...worker, owner: { $ne: '' } } },
      { told: { ...worker, problem: 'revoked' } },
      { told: { scopes: 'worker' } },
      {
        told: null,
        headers: { 'x-owner': 'w1', 'sls-offline-authorizer-override': JSON.stringify({ lambda: worker }) },
      },
      { told: worker, headers: { 'sls-offline-authorizer-override': '{}' } },
    ]
    for (const attempt of attempts) expect(await send(handler, { ...valid, ...attempt })).toMatchObject({ status: 401 })
    expect(seen).toEqual([])
  })

  it('answers 503 when tokens cannot be checked', async () => {
    const { handler } = aReportRoute()
    const { status, headers } = await send(handler, { ...valid, told: { problem: 'unavailable' } })
    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '2' })
  })

  it('judges before it reads: a stranger learns nothing of the input', async () => {
    const { handler } = aReportRoute()
    expect(await send(handler, { ...valid, body: '{', told: null })).toMatchObject({ status: 401 })
    expect(await send(handler, { ...valid, body: '{', told: tokenOf('r', 'reader') })).toMatchObject({ status: 403 })
  })

  it.each([
    ['reader', ['reader'], 200],
    ['reader', ['operator'], 200],
    ['reader', ['worker'], 403],
    ['worker', ['worker'], 200],
    ['worker', ['operator'], 403],
    ['worker', ['reader'], 403],
    ['operator', ['reader', 'worker'], 403],
    ['operator', ['operator'], 200],
    [['reader', 'worker'], ['worker'], 200],
    [['worker', 'operator'], ['reader'], 403],
  ] as const)('%j called with %j answers %i', async (scope, held, expected) => {
    const { api } = aStack()
    const handler = api({ scope }, () => ({ ok: true }))
    expect(await send(handler, { told: tokenOf('x', ...held) })).toMatchObject({ status: expected })
  })

  it('lets a worker act in its own name only, and a development token in any', async () => {
    const { handler } = aReportRoute()
    expect(await send(handler, { ...valid, told: tokenOf('w2', 'worker') })).toMatchObject({ status: 403 })
    expect(await send(handler, { ...valid, told: tokenOf('*', 'worker') })).toMatchObject({ status: 200 })
  })

  it('lets no operator act as a worker, not even on a route that both may call', async () => {
    const { api } = aStack()
    const handler = api({ scope: ['worker', 'operator'] }, ({ caller }) => caller.mustBe('w1'))
    expect(await send(handler, { told: tokenOf('w1', 'operator') })).toMatchObject({ status: 403 })
    expect(await send(handler, { told: tokenOf('*', 'operator') })).toMatchObject({ status: 403 })
  })
})

describe('wrong input', () => {
  it('is answered with every problem of path, query and body at once', async () => {
    const { api } = aStack()
    const handler = api(
      {
        scope: 'open',
        params: z.object({ id: z.coerce.number() }),
        query: z.strictObject({ limit: z.coerce.number().max(100) }),
        body: report,
      },
      () => ({}),
    )
    const { status, headers, body } = await send(handler, {
      params: { id: 'x' },
      query: { limit: '101', sort: 'up' },
      body: { issue_number: 0, nested: {} },
    })

    expect(status).toBe(422)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toMatchObject({
      code: 'invalid',
      status: 422,
      type: 'urn:coxswain:problem:invalid',
      correlation_id: 'fresh-id',
    })
    expect(body.detail).toEqual(expect.any(String))
    expect(body.errors.map((error: { path: string }) => error.path).sort()).toEqual(
      ['id', 'issue_number', 'limit', 'nested', 'sort', 'worker_id'].sort(),
    )
    for (const error of body.errors) expect(error.message).toEqual(expect.any(String))
  })

  it.each([
    ['{"worker_id":', 400, 'malformed'],
    ['{"worker_id":"w1","issue_number":NaN}', 400, 'malformed'],
    ['{"worker_id":"w1","worker_id":"w2","issue_number":7}', 400, 'malformed'],
    ['{"__proto__":{"worker_id":"w1"},"issue_number":7}', 400, 'malformed'],
    ['['.repeat(60_000), 400, 'malformed'],
    ['"'.padEnd(300_000, 'x'), 413, 'too_large'],
    ['', 422, 'invalid'],
    ['[]', 422, 'invalid'],
    ['null', 422, 'invalid'],
  ])('%.60s is answered with %i', async (body, status, code) => {
    const { handler, seen } = aReportRoute()
    expect(await send(handler, { ...valid, body })).toMatchObject({ status, body: { code } })
    expect(seen).toEqual([])
  })

  it('is bounded even where no body is read', async () => {
    const { api } = aStack()
    const handler = api({ scope: 'open' }, () => ({}))
    expect(await send(handler, { body: 'x'.repeat(300_000) })).toMatchObject({ status: 413 })
    expect(await send(handler, { body: 'not json', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      status: 200,
    })
  })

  it('with thousands of unknown names gets a short answer', async () => {
    const { handler } = aReportRoute()
    const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`n${n}`, 1]))
    const { status, body } = await send(handler, { ...valid, body: names })
    expect(status).toBe(422)
    expect(JSON.stringify(body).length).toBeLessThan(10_000)
  })

  it('never costs more than a 4xx, whatever bytes arrive', async () => {
    const { handler } = aReportRoute()
    const type = fc.constantFrom('application/json', 'text/plain', ';;', 'application/json; charset=\u0000')
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant('{"worker_id":"w1","issue_number":7}')),
        fc.boolean(),
        type,
        async (body, isBase64Encoded, contentType) => {
          const event = { ...aRequest({ ...valid, headers: { 'content-type': contentType } }), body, isBase64Encoded }
          const { statusCode } = await handler(event, aContext())
          expect([200, 400, 413, 415, 422]).toContain(statusCode)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('an error', () => {
  it('of ours becomes a problem with its details, errors and retry-after', async () => {
    const { api } = aStack()
    const handler = api({ scope: 'open' }, () => {
      throw new AppError('lease_lost', 'w2 holds it.', { details: { held_by: 'w2', status: 'mine' }, retryAfter: 1.2 })
    })
    const { status, headers, body } = await send(handler)

    expect(status).toBe(409)
    expect(headers['retry-after']).toBe('2')
    expect(body).toMatchObject({ code: 'lease_lost', detail: 'w2 holds it.', held_by: 'w2', status: 409, errors: [] })
  })

  it('of the inside becomes a 500 that tells nothing, and is logged whole', async () => {
    const { api, lines } = aStack()
    const inside = new Error('password of the database is swordfish')
    const handler = api({ scope: 'open' }, () => Promise.reject(inside))
    const { status, body } = await send(handler)

    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('swordfish')
    expect(lines).toMatchObject([{ level: 'error', facts: { status: 500, error: inside, correlation_id: 'fresh-id' } }])
  })

  it('is also what becomes of a handler that is out of time', async () => {
    const { api } = aStack()
    const handler = api({ scope: 'open' }, () => new Promise(() => undefined))
    expect(await send(handler, {}, aContext(251))).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  })
})

describe('the correlation id', () => {
  it('is taken over when it is sane and sent back, in errors too', async () => {
    const { handler, seen } = aReportRoute()
    const headers = { 'x-correlation-id': 'job-7_a.b' }
    expect((await send(handler, { ...valid, headers })).headers['x-correlation-id']).toBe('job-7_a.b')
    expect((await send(handler, { ...valid, headers, told: null })).body.correlation_id).toBe('job-7_a.b')
    expect(seen).toMatchObject([{ correlationId: 'job-7_a.b' }])
  })

  it.each(['', ' ', 'a b', 'x'.repeat(65), 'a\r\nset-cookie: x', '%24{x}', 'ä'])(
    'is fresh instead of %j',
    async (given) => {
      const { handler } = aReportRoute()
      const { headers } = await send(handler, { ...valid, headers: { 'x-correlation-id': given } })
      expect(headers['x-correlation-id']).toBe('fresh-id')
    },
  )
})

describe('the log', () => {
  it('has one line a request: route, status, time and caller, and no body', async () => {
    const times = [1_000, 1_007]
    const { api, lines } = aStack({ clock: { now: () => times.shift() ?? 1_007 } })
    await send(
      api({ scope: 'worker', body: report }, () => ({})),
      { ...valid, body: { ...valid.body, error: 'top secret' } },
    )

    expect(lines).toEqual([
      {
        level: 'info',
        message: 'request',
        facts: { route: 'POST /work/failed', status: 200, ms: 7, caller: 'w1', correlation_id: 'fresh-id' },
      },
    ])
  })

  it('names the code of a refusal', async () => {
    const { handler, lines } = aReportRoute()
    await send(handler, { ...valid, told: null })
    expect(lines).toMatchObject([{ level: 'info', facts: { status: 401, code: 'unauthenticated', caller: undefined } }])
  })
})

describe('a route', () => {
  it('that is open cannot keep answers, for it has no caller', () => {
    const { api } = aStack()
    expect(() => api({ scope: 'open', idempotent: true }, () => ({}))).toThrow(/open route/)
  })
})
