/** Every HTTP function, driven as API Gateway drives it. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scope } from '#lib/auth/scopes'
import { type RouteName, SHOP, startFunctions, TILL, WEBHOOK_SECRET } from '#test/helpers/functions'
import { tokenOf } from '#test/helpers/http'

let world: Awaited<ReturnType<typeof startFunctions>>
beforeAll(async () => {
  world = await startFunctions()
})
afterAll(() => world.stop())

let workers = 0
/** A worker of its own and an issue it holds. */
async function aLease() {
  const name = `w-${++workers}`
  const as = world.as(name)
  const number = await world.anIssue({ labels: ['priority:critical'] })
  const { body } = await as('GET /work/next', undefined, { query: { worker_id: name } })
  expect(body).toMatchObject({ work_available: true, issue_number: number })
  const said = { worker_id: name, issue_number: number }
  return { name, as, number, token: body.lease.token as number, said, told: { ...said, lease_token: body.lease.token } }
}

const pullOf = (number: number, repository = SHOP) => `${world.github.url}/${repository}/pull/${number}`
const itemPath = (number: number | string, [owner = '', repo = ''] = SHOP.split('/')) => ({
  params: { owner, repo, issue: String(number) },
})
const pathsOf = (body: { errors: { path: string }[] }) => body.errors.map(({ path }) => path)

const minimal: Readonly<Record<Exclude<RouteName, '$default'>, { scopes: readonly Scope[]; body?: unknown }>> = {
  'GET /health': { scopes: [] },
  'GET /work/next': { scopes: ['worker'] },
  'POST /work/next': { scopes: ['worker'] },
  'POST /work/heartbeat': { scopes: ['worker'] },
  'POST /work/complete': { scopes: ['worker'] },
  'POST /work/failed': { scopes: ['worker'] },
  'POST /work/release': { scopes: ['worker'] },
  'GET /queue': { scopes: ['reader', 'operator'] },
  'POST /queue/{owner}/{repo}/{issue}/retry': { scopes: ['operator'] },
  'POST /queue/{owner}/{repo}/{issue}/cancel': { scopes: ['operator'] },
  'GET /pr-review/status': { scopes: ['reader', 'operator'] },
  'POST /pr-review/{verdict}/{number}': { scopes: ['operator'] },
  'GET /workers': { scopes: ['reader', 'operator'] },
  'GET /workers/desired': { scopes: ['reader', 'operator'] },
  'GET /workers/{id}': { scopes: ['reader', 'operator'] },
  'DELETE /workers/{id}': { scopes: ['operator'] },
  'GET /workers/{id}/logs': { scopes: ['operator'] },
  'POST /workers/check': { scopes: ['operator'] },
  'POST /github/poll': { scopes: ['operator'] },
  'POST /github/webhook': { scopes: [] },
}
const closed = Object.entries(minimal).filter(([, { scopes }]) => scopes.length > 0) as [
  RouteName,
  { scopes: Scope[] },
][]

describe('who may call what', () => {
  it.each(closed)('%s: nobody without a token, nobody with another scope', async (route, { scopes }) => {
    expect(await world.call(route, { told: null })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    for (const scope of ['reader', 'worker', 'operator'] as const) {
      const { status, body } = await world.call(route, { told: tokenOf('x', scope), ...itemPath('none') })
      if (scopes.includes(scope)) expect([401, 403], `${route} as ${scope}`).not.toContain(status)
      else expect({ status, code: body.code }, `${route} as ${scope}`).toEqual({ status: 403, code: 'forbidden' })
    }
  })

  it('GET /health: everybody', async () => {
    expect((await world.call('GET /health', { told: null })).status).toBe(200)
  })

  it('no worker in the name of another', async () => {
    const { said, told } = await aLease()
    const stranger = world.as('stranger')
    const calls: [RouteName, unknown][] = [
      ['POST /work/next', { worker_id: said.worker_id }],
      ['POST /work/heartbeat', told],
      ['POST /work/complete', { ...told, success: false }],
      ['POST /work/failed', { ...told, error: 'x' }],
      ['POST /work/release', told],
    ]
    for (const [route, body] of calls) expect(await stranger(route, body), route).toMatchObject({ status: 403 })
    const query = { worker_id: said.worker_id }
    expect(await stranger('GET /work/next', undefined, { query })).toMatchObject({ status: 403 })
  })
})

describe('a request that is wrong', () => {
  it.each<[RouteName, unknown, readonly string[]]>([
    ['POST /work/next', { worker_id: 'a b', capabilities: 'x', extra: 1 }, ['worker_id', 'capabilities', 'extra']],
    ['POST /work/heartbeat', { worker_id: 'w', issue_number: '7' }, ['issue_number', 'lease_token']],
    [
      'POST /work/complete',
      { worker_id: '', issue_number: -1, success: 1, repository: 'x', pr_url: 5 },
      ['worker_id', 'issue_number', 'repository', 'pr_url', 'success'],
    ],
    [
      'POST /work/failed',
      { issue_number: 1.5, kind: 'bad', error: '' },
      ['worker_id', 'issue_number', 'error', 'kind'],
    ],
    ['POST /work/release', {}, ['worker_id', 'issue_number']],
  ])('%s is told every problem at once', async (route, sent, paths) => {
    const { status, body } = await world.as('w')(route, sent)

    expect(status).toBe(422)
    expect(pathsOf(body).toSorted()).toEqual(paths.toSorted())
  })

  it('of a list is told which parameter', async () => {
    const query = { status: 'dreaming', limit: '0', page: '2', repository: 'nope' }
    const { status, body } = await world.asReader('GET /queue', { query })

    expect([status, pathsOf(body).toSorted()]).toEqual([422, ['limit', 'page', 'repository', 'status']])
    expect(await world.asReader('GET /queue', { query: { cursor: 'garbage' } })).toMatchObject({ status: 422 })
    expect(await world.asReader('GET /workers', { query: { cursor: 'garbage' } })).toMatchObject({ status: 422 })
    expect(await world.asReader('GET /workers/{id}', { params: { id: 'a b' } })).toMatchObject({ status: 422 })
  })

  it('is refused by its size or its form', async () => {
    const complete = (options: object) => world.as('w')('POST /work/complete', undefined, options)

    expect(await complete({ body: 'x'.repeat(300_000) })).toMatchObject({ status: 413 })
    expect(await complete({ body: '{"worker_id":' })).toMatchObject({ status: 400 })
    expect(await complete({ body: '{}', headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 })
    expect(await complete({ body: '{"a":1,"a":2}' })).toMatchObject({ status: 400 })
    expect(await complete({ body: '{"__proto__":{"worker_id":"w"}}' }).then(({ status }) => status)).toBeLessThan(500)
  })

  it('names a pull request of another place', async () => {
    const { as, told, number } = await aLease()
    const places = [
      'javascript:alert(1)',
      pullOf(9, TILL),
      `${pullOf(9)}/files`,
      'https://evil.example/acme/shop/pull/9',
      `${world.github.url}@evil.example/acme/shop/pull/9`,
      '\ud800',
    ]
    for (const pr_url of places) {
      const answer = await as('POST /work/complete', { ...told, success: true, pr_url })
      expect([answer.status, pathsOf(answer.body)], pr_url).toEqual([422, ['pr_url']])
    }
    expect((await world.store.find({ repository: SHOP, number }))?.state.kind).toBe('leased')
  })

  it('is about what is not there', async () => {
    const as = world.as('w-nobody')
    const said = { worker_id: 'w-nobody', issue_number: 999_999 }
    expect(await as('POST /work/complete', { ...said, success: false })).toMatchObject({ status: 404 })
    expect(await as('POST /work/failed', { ...said, error: 'x' })).toMatchObject({ status: 404 })
    expect(await as('POST /work/release', said)).toMatchObject({ status: 404 })
    expect(await as('POST /work/heartbeat', { ...said, lease_token: 1 })).toMatchObject({ status: 404 })
    const retry = 'POST /queue/{owner}/{repo}/{issue}/retry'
    expect(await world.asOperator(retry, itemPath(999_999))).toMatchObject({ status: 404 })
    expect(await world.asReader('GET /workers/{id}', { params: { id: 'nobody' } })).toMatchObject({ status: 404 })
    expect(await world.call('$default', { path: '/nowhere' })).toMatchObject({ status: 404 })
  })
})

describe('work', () => {
  it('is leased, kept by heartbeats, completed once, and acknowledged again', async () => {
    const { as, told, number, token } = await aLease()
    const beat = await as('POST /work/heartbeat', { ...told, progress: 40, usage: { input_tokens: 10 } })
    expect(beat).toMatchObject({ status: 200, body: { cancel: false, lease: { token } } })
    const done = { ...told, success: true, pr_url: pullOf(9), repository: 'ACME/Shop' }

    const answers = [await as('POST /work/complete', done), await as('POST /work/complete', done)]

    expect(answers).toMatchObject(Array(2).fill({ status: 200, body: { status: 'acknowledged' } }))
    const item = await world.store.find({ repository: SHOP, number })
    expect(item).toMatchObject({ seq: 3, usage: { input_tokens: 10 }, state: { finish: { pr_url: pullOf(9) } } })
  })

  it('is served to clients that know neither repository nor lease', async () => {
    const first = await aLease()
    expect(await first.as('POST /work/failed', { ...first.said, error: 'It broke.' })).toMatchObject({ status: 200 })
    const { body } = await first.as('GET /work/next', undefined, { query: { worker_id: first.name } })
    expect(body).toMatchObject({ attempt: 2, previous: { error: 'It broke.' } })
    const done = { ...first.said, pr_url: pullOf(3), success: true }
    expect(await first.as('POST /work/complete', done)).toMatchObject({ status: 200 })
  })

  it('asked for twice is the same work', async () => {
    const { name, as, number, token } = await aLease()
    const again = await as('POST /work/next', { worker_id: name, capabilities: ['node', '\ud800'] })

    expect(again.body).toMatchObject({ issue_number: number, lease: { token } })
  })

  it('given back consumes no attempt', async () => {
    const { as, told, name } = await aLease()
    expect(await as('POST /work/release', told)).toMatchObject({ status: 200, body: { status: 'released' } })

    const { body } = await as('POST /work/next', { worker_id: name })
    expect(body).toMatchObject({ issue_number: told.issue_number, attempt: 1 })
    await as('POST /work/complete', { ...told, lease_token: body.lease.token, success: true, pr_url: pullOf(4) })
  })

  it('reported by a lease that is over is refused with how things stand', async () => {
    const { as, told, name, token, number } = await aLease()
    await as('POST /work/release', told)
    const { body } = await as('POST /work/next', { worker_id: name })
    const stale = await as('POST /work/complete', { ...told, success: true, pr_url: pullOf(5) })

    expect(stale).toMatchObject({
      status: 409,
      body: { code: 'lease_lost', current_token: token + 1, issue_number: number },
    })
    await as('POST /work/complete', { ...told, lease_token: body.lease.token, success: true, pr_url: pullOf(5) })
    const other = await as('POST /work/failed', { ...told, lease_token: body.lease.token, error: 'x' })
    expect(other).toMatchObject({ status: 409, body: { code: 'already_finished', state: 'completed' } })
  })

  it('of a number that several repositories have needs its name', async () => {
    const number = 77
    await world.anIssue({ number, repository: SHOP })
    await world.anIssue({ number, repository: TILL })
    const said = { worker_id: 'w-ambiguous', issue_number: number, success: false }
    const answer = await world.as('w-ambiguous')('POST /work/complete', said)

    expect(answer).toMatchObject({ status: 409, body: { code: 'ambiguous', repositories: [SHOP, TILL] } })
  })

  it('that broke with text nobody can store is acknowledged all the same', async () => {
    const { as, told, number } = await aLease()
    const error = `a\ud800b\0${'🚢'.repeat(4_000)}`

    expect(await as('POST /work/complete', { ...told, success: false, error })).toMatchObject({ status: 200 })
    expect((await world.store.find({ repository: SHOP, number }))?.previous?.error).toMatch(/^a\ufffdb/)
  })

  it('reported with an Idempotency-Key is done once, and answered from what was kept', async () => {
    const { as, told, number } = await aLease()
    const headers = { 'idempotency-key': `key-${number}` }
    const failure = { ...told, error: 'It broke.' }
    const first = await as('POST /work/failed', failure, { headers })
    const again = await as('POST /work/failed', failure, { headers })
    const other = await as('POST /work/failed', { ...failure, error: 'Else.' }, { headers })

    expect(first).toMatchObject({ status: 200 })
    expect(again).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' }, body: first.body })
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
    expect((await world.store.find({ repository: SHOP, number }))?.counts.failures).toBe(1)
    const bad = { headers: { 'idempotency-key': 'ä' } }
    expect(await as('POST /work/failed', failure, bad)).toMatchObject({ status: 422 })
  })
})

describe('an operator', () => {
  const retry = 'POST /queue/{owner}/{repo}/{issue}/retry'
  const cancel = 'POST /queue/{owner}/{repo}/{issue}/cancel'

  it('cancels live work, whose worker hears of it, and queues it anew', async () => {
    const { as, told, number } = await aLease()
    expect(await world.asOperator(retry, itemPath(number))).toMatchObject({ status: 409, body: { code: 'conflict' } })

    const reason = 'Not now.\ud800'
    expect(await world.asOperator(cancel, { ...itemPath(number), body: { reason } })).toMatchObject({
      status: 200,
      body: { status: 'withdrawn', error: 'Not now.\ufffd', issue_number: number },
    })
    const beat = await as('POST /work/heartbeat', told)
    expect(beat).toMatchObject({ status: 200, body: { cancel: true, reason: 'Not now.\ufffd', lease: null } })
    expect(await world.asOperator(cancel, itemPath(number))).toMatchObject({
      status: 409,
      body: { state: 'withdrawn' },
    })

    const anew = { status: 200, body: { status: 'pending', generation: 2, attempt: 1 } }
    expect(await world.asOperator(retry, itemPath(number))).toMatchObject(anew)
    expect(await world.asOperator(retry, itemPath(number))).toMatchObject(anew)
    await world.asOperator(cancel, itemPath(number))
  })

  it('names the item in any case, and hears what is wrong with its path', async () => {
    const number = await world.anIssue()
    expect(await world.asOperator(cancel, itemPath(number, ['ACME', 'Shop']))).toMatchObject({ status: 200 })
    expect(await world.asOperator(cancel, itemPath('x'))).toMatchObject({ status: 422 })
    expect(await world.asOperator(cancel, itemPath(1, ['a b', 'c']))).toMatchObject({ status: 422 })
  })

  it('polls at will: issues of all repositories are queued, shown on GitHub, listed and counted', async () => {
    const number = world.github.seed.issue({
      repository: TILL,
      title: 'New',
      labels: ['ai-ready', 'priority:critical'],
    })
    const { status, body } = await world.asOperator('POST /github/poll')
    expect(status).toBe(200)
    expect(body.repositories).toMatchObject([{ repository: SHOP }, { repository: TILL, queued: 1 }])

    await world.pump()
    const { handler: flush } = await import('#functions/github/flush')
    expect(await flush({ id: 'schedule-1' })).toMatchObject({ locked: false })
    expect(world.github.stats().issues[`${TILL}#${number}`]?.ai_labels).toEqual(['ai-in-progress'])

    const list = await world.asReader('GET /queue', { query: { status: 'pending', repository: TILL } })
    expect(list.body.pending).toMatchObject([
      { repository: TILL, issue_number: number, title: 'New', priority: 'critical' },
    ])
    expect(list.body.counts.pending).toBeGreaterThan(0)
    await world.asOperator(cancel, itemPath(number, TILL.split('/') as [string, string]))
  })

  it('is told by the schedule what it did, and it fails when the store does', async () => {
    const { schedule } = await import('#functions/github/poll')
    expect(await schedule({ id: 'schedule-2' })).toMatchObject({ reaped: 0, repositories: [{}, {}] })
  })
})

describe('GitHub', () => {
  const hook = (body: string, over: Record<string, string> = {}) => {
    const signature = `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`
    const names = { 'x-github-event': 'issues', 'x-github-delivery': `d-${body.length}-${Object.keys(over).length}` }
    return { told: null, body, headers: { ...names, 'x-hub-signature-256': signature, ...over } }
  }

  it('says that an issue changed: it is queued at once, whatever the gateway does to the body', async () => {
    const number = world.github.seed.issue({ repository: TILL, title: '`$(curl x)` ../ -oProxy', labels: ['ai-ready'] })
    const body = JSON.stringify({ action: 'labeled', issue: { number }, repository: { full_name: TILL }, by: '🚢 é' })

    const first = await world.call('POST /github/webhook', { ...hook(body), base64: true })
    const again = await world.call('POST /github/webhook', hook(body))
    await world.pump()

    expect([first, again]).toMatchObject([
      { status: 202, body: { status: 'accepted' } },
      { status: 202, body: { status: 'repeated' } },
    ])
    expect(await world.store.find({ repository: TILL, number })).toMatchObject({ state: { kind: 'pending' }, seq: 1 })
    await world.asOperator(
      'POST /queue/{owner}/{repo}/{issue}/cancel',
      itemPath(number, TILL.split('/') as [string, string]),
    )
  })

  it('is not believed unsigned, by the older signature, or when the body was written anew', async () => {
    const body = JSON.stringify({ action: 'closed', issue: { number: 1 }, repository: { full_name: SHOP } })
    const sha1 = `sha1=${createHmac('sha1', WEBHOOK_SECRET).update(body).digest('hex')}`
    const asks = [
      hook(body, { 'x-hub-signature-256': '' }),
      hook(body, { 'x-hub-signature-256': '', 'x-hub-signature': sha1 }),
      { ...hook(body), body: JSON.stringify(JSON.parse(body), null, 1) },
    ]
    for (const ask of asks) {
      expect(await world.call('POST /github/webhook', ask)).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      })
    }
  })
})

describe('the lists', () => {
  it('say how many workers are wanted', async () => {
    const { status, body } = await world.asReader('GET /workers/desired')
    expect(status).toBe(200)
    expect(body).toMatchObject({ workers_wanted: expect.any(Number), max_workers: 10 })
  })

  it('show workers with what they do', async () => {
    const { name, number } = await aLease()
    expect(await world.asReader('GET /workers/{id}', { params: { id: name } })).toMatchObject({
      status: 200,
      body: { id: name, status: 'busy', health: 'healthy', current_task: number, ip: '203.0.113.7', total_tasks: 1 },
    })
    const { body } = await world.asOperator('GET /workers', { query: { limit: '1' } })
    expect(body.workers).toHaveLength(1)
    expect(body.next_cursor).toBeTypeOf('string')
  })

  it('count exactly what is there, once the stream has told', async () => {
    await world.pump()
    await world.pump()
    const seen = { pending: 0, in_progress: 0, completed: 0, failed: 0, withdrawn: 0 }
    let counts: unknown
    let cursor: string | undefined
    do {
      const { body } = await world.asReader('GET /queue', { query: { limit: '7', ...(cursor && { cursor }) } })
      for (const status of Object.keys(seen) as (keyof typeof seen)[]) seen[status] += body[status].length
      counts = body.counts
      cursor = body.next_cursor
    } while (cursor !== undefined)

    expect(counts).toEqual(seen)
  })
})
