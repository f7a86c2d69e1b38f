import { describe, expect, it } from 'vitest'
import { systemClock } from '#lib/clock'
import { anOrchestrator, WORKER_TOKEN } from '#test/helpers/worker/orchestrator'
import { createOrchestrator } from '#worker/orchestrator'

const lease = { repository: 'acme/widgets', number: 7, token: 3 }

async function aClient() {
  const server = await anOrchestrator()
  const client = createOrchestrator(
    { fetch, clock: systemClock },
    { url: `${server.url}/`, token: WORKER_TOKEN, workerId: 'w1' },
  )
  return { server, client }
}

describe('the client of the orchestrator', () => {
  it('asks in its own name with its token', async () => {
    const { server, client } = await aClient()

    expect(await client.next()).toEqual({ kind: 'none', blocked: false, reason: null, retryAfterMs: 200 })
    expect(server.calls).toEqual([
      { route: 'next', authorization: `Bearer ${WORKER_TOKEN}`, body: { worker_id: 'w1' } },
    ])
  })

  it('names the lease in every call about it', async () => {
    const { server, client } = await aClient()
    const named = { worker_id: 'w1', repository: 'acme/widgets', issue_number: 7, lease_token: 3 }

    await client.heartbeat(lease, 'working')
    await client.report(lease, { kind: 'completed', pr_url: 'p', usage: { seconds: 1 } })
    await client.report(lease, { kind: 'rate_limited', error: 'e' })
    await client.release(lease)

    expect(server.calls.map(({ body }) => body)).toEqual([
      { ...named, progress: 'working' },
      { ...named, pr_url: 'p', success: true, usage: { seconds: 1 } },
      { ...named, error: 'e', kind: 'rate_limited' },
      named,
    ])
  })

  it('passes on that the gate is closed', async () => {
    const { server, client } = await aClient()
    const body = { work_available: false, blocked: true, reason: 'five wait for review', retry_after_seconds: 60 }
    server.always('next', { body })

    expect(await client.next()).toEqual({ kind: 'none', blocked: true, reason: body.reason, retryAfterMs: 60_000 })
  })

  it.each([
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { code: 'rate_limited', retryAfter: 7 },
    ],
    [
      { status: 503, headers: { 'retry-after': '2' } },
      { code: 'upstream_unavailable', retryAfter: 2 },
    ],
    [{ status: 500 }, { code: 'upstream_unavailable' }],
    [{ status: 409, body: { code: 'idempotency_in_progress' } }, { code: 'upstream_unavailable' }],
    [
      { status: 409, body: { code: 'lease_lost', detail: 'w2 has it' } },
      { code: 'lease_lost', message: expect.stringContaining('w2 has it') },
    ],
    [{ status: 409, body: { code: 'news_to_us' } }, { code: 'conflict' }],
    [{ status: 401 }, { code: 'unauthenticated' }],
    [{ status: 418 }, { code: 'malformed' }],
    [{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }, { code: 'upstream_unavailable' }],
    [{ body: { status: 7 } }, { code: 'upstream_unavailable' }],
  ])('takes %j for %j', async (answer, error) => {
    const { server, client } = await aClient()
    server.always('release', answer)

    await expect(client.release(lease)).rejects.toMatchObject(error)
  })

  it.each([
    ['a repository that is a path', { repository: '../../etc' }],
    ['an issue number that is none', { issue_number: '7; rm' }],
    ['a lease without an end', { lease: { token: 1, expires_at: 'soon' } }],
  ])('believes no work with %s', async (_, wrong) => {
    const { server, client } = await aClient()
    const right = {
      work_available: true,
      issue_number: 7,
      title: '',
      body: null,
      repository: 'a/b',
      lease: { token: 1, expires_at: '2026-01-31T08:00:00Z' },
    }
    server.always('next', { body: { ...right, ...wrong } })

    await expect(client.next()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining('/work/next'),
    })
  })

  it('says that nobody is there when nobody is', async () => {
    const client = createOrchestrator(
      { fetch, clock: systemClock },
      { url: 'http://127.0.0.1:9', token: 't', workerId: 'w1' },
    )

    await expect(client.next()).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })
})
