import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { createClient } from '#lib/github/client'
import { aClient, aGitHub, type FakeGitHub } from '#test/helpers/github'

const RATE = 'GET /repos/{owner}/{repo}'
const params = { owner: 'acme', repo: 'shop' }

let github: FakeGitHub

beforeEach(async () => {
  github = await aGitHub()
})

afterEach(async () => {
  await github[Symbol.asyncDispose]()
})

describe('a call to GitHub', () => {
  it('carries the token, our name and the API version', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({ id: 1 }))
    const { client } = aClient(`${github.url}/`, { userAgent: 'coxswain/1' })
    expect(await client.request(RATE, { params })).toMatchObject({ status: 200, data: { id: 1 } })
    expect(github.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer test-token',
      'user-agent': expect.stringContaining('coxswain/1'),
      'x-github-api-version': '2022-11-28',
      accept: 'application/vnd.github.v3+json',
    })
  })

  it('asks for a fresh token each time when given a way to get one', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({}))
    let made = 0
    const { client } = aClient(github.url, { token: async () => `t${++made}` })
    await client.request(RATE, { params })
    await client.request(RATE, { params })
    expect(github.asked.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t1', 'Bearer t2'])
  })

  it('cannot be led to another path by the names it is given', async () => {
    github.app.all('*', (c) => c.json({}))
    await aClient(github.url).client.request(RATE, { params: { owner: 'a/b?c', repo: 'd#e' } })
    expect(github.asked[0]?.query).toEqual({})
    expect(github.asked[0]?.path.split('/')).toHaveLength(4)
  })

  it('remembers the figures of the primary limit', async () => {
    github.app.get('/repos/acme/shop', (c) =>
      c.json({}, 200, {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '4990',
        'x-ratelimit-reset': '1772440000',
      }),
    )
    const { client } = aClient(github.url)
    expect(client.rateLimit()).toBeUndefined()
    await client.request(RATE, { params })
    expect(client.rateLimit()).toEqual({ limit: 5000, remaining: 4990, resets_at: 1_772_440_000_000 })
  })
})

describe('an unusable client', () => {
  it.each(['', 'two words', 'line\nbreak'])('is refused for the token %j, without quoting it', (token) => {
    expect(() => createClient({ baseUrl: github.url, token })).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.not.stringContaining(token || '\0') }),
    )
  })

  it.each(['http://github.example', 'ftp://127.0.0.1', 'nonsense'])('is refused for the address %s', (baseUrl) => {
    expect(() => createClient({ baseUrl, token: 't' })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

describe('a failing GitHub', () => {
  it('is asked again for a GET, twice at most, with growing jittered pauses', async () => {
    github.app.get('/repos/acme/shop', (c) => c.text('oops', 502))
    const { client, pauses } = aClient(github.url)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { status: 502, route: RATE },
    })
    expect(github.asked).toHaveLength(3)
    expect(pauses).toEqual([500, 1_000])
  })

  it('is forgiven when a repeat succeeds', async () => {
    let calls = 0
    github.app.get('/repos/acme/shop', (c) => (++calls < 3 ? c.json({ message: 'no' }, 500) : c.json({ ok: true })))
    expect((await aClient(github.url).client.request(RATE, { params })).data).toEqual({ ok: true })
  })

  it('is never asked twice for a write', async () => {
    github.app.post('/repos/acme/shop/issues/1/comments', (c) => c.json({}, 500))
    const { client } = aClient(github.url)
    const call = client.request('POST /repos/{owner}/{repo}/issues/1/comments', { params: { ...params, body: 'x' } })
    await expect(call).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(github.asked).toHaveLength(1)
  })

  it('is not retried past the deadline', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({}, 503))
    const { client } = aClient(github.url, { deadlineMs: 600 })
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(github.asked).toHaveLength(2)
  })

  it('that does not answer in time is unavailable', async () => {
    github.app.get('/repos/acme/shop', () => new Promise<Response>(() => {}))
    const { client } = aClient(github.url, { timeoutMs: 30 })
    await expect(client.request(RATE, { params })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'GitHub did not answer in time.',
    })
    expect(github.asked).toHaveLength(3)
  })

  it('that nobody listens for is unavailable, and the cause is kept', async () => {
    const url = github.url
    await github[Symbol.asyncDispose]()
    const error: unknown = await aClient(url)
      .client.request(RATE, { params })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'upstream_unavailable', message: 'GitHub could not be reached.' })
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).cause).toBeInstanceOf(Error)
    github = await aGitHub()
  })

  it('that cuts the line in the middle of an answer is unavailable', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('[{"number":', () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { client } = aClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await new Promise((resolve) => server.close(resolve))
  })

  it('that answers with a web page is unavailable', async () => {
    github.app.get('/repos/acme/shop', (c) => c.html('<h1>proxy</h1>'))
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'GitHub gave an answer that cannot be read.',
    })
  })
})

describe('a limit', () => {
  it('stops every call of the token, whatever the repository, until the named instant', async () => {
    let limited = true
    github.app.get('/repos/acme/:repo', (c) =>
      limited ? c.json({ message: 'slow down' }, 429, { 'retry-after': '30' }) : c.json({}),
    )
    const { client, clock } = aClient(github.url)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 30 })
    limited = false
    clock.advance(seconds(29))
    const other = { params: { owner: 'acme', repo: 'till' } }
    await expect(client.request(RATE, other)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 1 })
    expect(github.asked).toHaveLength(1)
    clock.advance(seconds(1))
    expect((await client.request(RATE, other)).status).toBe(200)
  })

  it('is heeded before it is hit: no call once the hour is spent', async () => {
    const { client, clock } = aClient(github.url)
    const reset = clock.now() + minutes(20)
    github.app.get('/repos/acme/shop', (c) =>
      c.json({}, 200, {
        date: new Date(clock.now()).toUTCString(),
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': `${reset / 1000}`,
      }),
    )
    expect((await client.request(RATE, { params })).status).toBe(200)
    expect(client.closedUntil()).toBe(reset)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 1_200 })
    expect(github.asked).toHaveLength(1)
  })

  it('of the secondary kind without a time lasts a minute', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({ message: 'You have exceeded a secondary rate limit' }, 403))
    const { client } = aClient(github.url)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 60 })
  })

  it('named by an outage is kept as well', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({}, 503, { 'retry-after': '10' }))
    const { client } = aClient(github.url)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      retryAfter: 10,
    })
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited' })
    expect(github.asked).toHaveLength(1)
  })

  it('told to another process closes the gate here, and is never shortened', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({}))
    const { client, clock } = aClient(github.url)
    client.closeUntil(clock.now() + minutes(2))
    client.closeUntil(clock.now() + minutes(1))
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 120 })
    expect(github.asked).toHaveLength(0)
  })
})

describe('a refusal', () => {
  it.each([
    [{ 'x-accepted-github-permissions': 'issues=write' }, 'issues=write'],
    [{ 'x-accepted-oauth-scopes': 'repo', 'x-oauth-scopes': 'gist' }, 'repo'],
    [{ 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso' }, 'SSO'],
    [{}, 'Resource not accessible by personal access token'],
  ])('says which right the token lacks (%j)', async (headers, named) => {
    github.app.get('/repos/acme/shop', (c) =>
      c.json({ message: 'Resource not accessible by personal access token' }, 403, headers as Record<string, string>),
    )
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(named),
    })
    expect(github.asked).toHaveLength(1)
  })

  it('of the token itself is forbidden', async () => {
    github.app.get('/repos/acme/shop', (c) => c.json({ message: 'Bad credentials' }, 401))
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({
      code: 'forbidden',
      details: { status: 401 },
    })
  })

  it('of a call that we built wrong is our own error, without the body that was sent', async () => {
    github.app.post('/repos/acme/shop/issues', (c) => c.json({ message: 'Validation Failed' }, 422))
    const call = aClient(github.url).client.request('POST /repos/{owner}/{repo}/issues', {
      params: { ...params, title: 'SECRET' },
    })
    const error = await call.catch((thrown: unknown) => thrown as AppError)
    expect(error).toMatchObject({ code: 'internal', details: { status: 422 } })
    expect(JSON.stringify([error, (error as AppError).cause])).not.toContain('SECRET')
  })

  it('by a redirect is not followed', async () => {
    github.app.get('/repos/acme/shop', (c) => c.redirect(`${github.url}/repositories/5`, 301))
    github.app.get('/repositories/5', (c) => c.json({}))
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({
      code: 'gone',
      details: { moved_to: `${github.url}/repositories/5` },
    })
    expect(github.asked).toHaveLength(1)
  })
})

describe('a secondary limit told by a web page', () => {
  it.each([
    ['with a time', { 'retry-after': '30' }, 30],
    ['without one', {}, 60],
  ])('is waited for like one told in JSON: %s', async (_, headers, retryAfter) => {
    const page = `<!DOCTYPE html><html><head><title>Rate limit &middot; GitHub</title><style>p { color: red }</style></head>
<body><h1>Whoa there!</h1><p>You have exceeded a secondary rate limit. Please wait a few minutes.</p></body></html>`
    github.app.get('/repos/acme/shop', (c) => c.html(page, 403, headers))
    const { client } = aClient(github.url)
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited', retryAfter })
    await expect(client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited' })
    expect(github.asked).toHaveLength(1)
  })

  it('or by the older one of abuse detection', async () => {
    const page = '<html><body><p>You have triggered an abuse detection mechanism.</p></body></html>'
    github.app.get('/repos/acme/shop', (c) => c.html(page, 403))
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('and any other page is a refusal that quotes its words, without markup', async () => {
    github.app.get('/repos/acme/shop', (c) => c.html('<html><b>Blocked</b> by the <i>proxy</i></html>', 403))
    await expect(aClient(github.url).client.request(RATE, { params })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('Blocked by the proxy'),
    })
  })
})
