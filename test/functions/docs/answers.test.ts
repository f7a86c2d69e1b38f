/** Real answers of real functions, held against the description of the API. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpHandler } from '#lib/http/create-api'
import { startAgentHub } from '#sandbox/agent-hub/server'
import { startFunctions } from '#test/helpers/functions'
import { type RequestOptions, send, tokenOf } from '#test/helpers/http'
import { documented } from '#test/helpers/openapi'

let functions: Awaited<ReturnType<typeof startFunctions>>
let hub: Awaited<ReturnType<typeof startAgentHub>>
let folder: string
let workflow: Readonly<Record<string, HttpHandler>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coxswain-answers-'))
  hub = await startAgentHub({ port: 0, dataDir: folder, thinkMs: 0 })
  functions = await startFunctions({ AGENT_HUB_URL: hub.url, ALLOW_PRIVATE_URLS: new URL(hub.url).host })
  const [start, get, advance, history, graph, list, consult, runs] = await Promise.all([
    import('#functions/workflows/start'),
    import('#functions/workflows/get'),
    import('#functions/workflows/advance'),
    import('#functions/workflows/history'),
    import('#functions/workflows/graph'),
    import('#functions/workflows/list'),
    import('#functions/workflows/consult'),
    import('#functions/workflows/runs'),
  ])
  workflow = {
    'POST /workflow/start': start.handler,
    'GET /workflow/{feature_id}': get.handler,
    'POST /workflow/{feature_id}/advance': advance.handler,
    'GET /workflow/{feature_id}/history': history.handler,
    'GET /workflow/{feature_id}/graph': graph.handler,
    'GET /workflows': list.handler,
    'POST /workflow/{feature_id}/consult': consult.handler,
    'POST /workflows': runs.start,
    'GET /workflows/{id}': runs.get,
    'POST /workflows/{id}/advance': runs.advance,
  }
})

afterAll(async () => {
  await functions.stop()
  await hub.close()
  await rm(folder, { recursive: true, force: true })
})

const told = tokenOf('*', 'operator', 'worker')
const ask = async (route: string, options: RequestOptions = {}) =>
  documented(route, await send(workflow[route]!, { route, told, ...options }))

describe('the queue answers as documented', () => {
  type Route = Parameters<typeof functions.call>[0]
  const call = async (route: Route, options: RequestOptions = {}) =>
    documented(route, await functions.call(route, { told, ...options }))

  it('while an issue is leased, reported failed, leased again and completed', async () => {
    const query = { worker_id: 'w1' }
    const { body: none } = await call('GET /work/next', { query })
    expect(none).toMatchObject({ work_available: false })
    const issue_number = await functions.anIssue()
    const { body: first } = await call('GET /work/next', { query })
    const lease = { worker_id: 'w1', issue_number }
    await call('POST /work/heartbeat', { body: { ...lease, lease_token: first.lease.token } })
    await call('GET /queue')
    await call('POST /work/failed', { body: { ...lease, error: 'the tests do not pass' } })
    const { body: second } = await call('POST /work/next', { body: query })
    expect(second.previous).toMatchObject({ error: 'the tests do not pass' })
    await call('POST /work/complete', {
      body: { ...lease, success: true, pr_url: `${functions.github.url}/acme/shop/pull/1` },
    })
    const { body: queue } = await call('GET /queue', { query: { status: 'completed', repository: 'acme/shop' } })
    expect(queue.completed).toHaveLength(1)
    await functions.pump()
    await call('GET /pr-review/status')
    const said = { params: { verdict: 'changes-requested', number: String(issue_number) }, body: { feedback: 'No.' } }
    const { body: answer } = await call('POST /pr-review/{verdict}/{number}', said)
    expect(answer).toMatchObject({ applied: true, item: { review: 'changes_requested' }, gate: { gate: 'open' } })
    const { body: rework } = await call('GET /work/next', { query })
    expect(rework.previous).toMatchObject({ feedback: 'No.' })
  })

  it('to those who look and those who operate', async () => {
    await call('GET /health')
    await call('GET /workers')
    await call('GET /workers/{id}', { params: { id: 'w1' } })
    expect((await call('DELETE /workers/{id}', { params: { id: 'w1' } })).status).toBe(409)
    await call('POST /workers/check')
    // GitHub does not show the issue that it holds, so that the poll withdraws it.
    await call('POST /github/poll')
    expect((await call('DELETE /workers/{id}', { params: { id: 'w1' } })).status).toBe(200)
  })

  it('when it refuses', async () => {
    const { status } = await call('POST /work/failed', { body: { worker_id: 'w1', isue: 4 } })
    expect(status).toBe(422)
    expect((await call('GET /workers/{id}', { params: { id: 'nobody' } })).status).toBe(404)
    expect((await call('GET /queue', { told: null })).status).toBe(401)
    expect((await call('GET /queue', { told: tokenOf('w1', 'worker') })).status).toBe(403)
    expect((await call('POST /work/failed', { body: '{' })).status).toBe(400)
  })
})

describe('workflows answer as documented', () => {
  const params = { feature_id: 'dark-theme' }
  const body = { ...params, description: 'Add a dark theme', context: { pages: ['all'] } }

  it('from the start to the gate', async () => {
    expect(await ask('POST /workflow/start', { body })).toMatchObject({ status: 201 })
    expect(await ask('POST /workflow/start', { body })).toMatchObject({ status: 200 })
    await ask('POST /workflow/{feature_id}/advance', { params, body: { event: 'phase_complete', result: { ok: 1 } } })
    const { body: view } = await ask('GET /workflow/{feature_id}', { params })
    expect(view).toMatchObject({ state: 'GATE_1', gate: { name: 'Review' } })
  })

  it('to those who look', async () => {
    await ask('GET /workflows', { query: { limit: '10' } })
    await ask('GET /workflow/{feature_id}/graph', { params })
    const { body: page } = await ask('GET /workflow/{feature_id}/history', { params })
    expect(page.history).toMatchObject([{ event: 'start' }, { event: 'phase_complete', result: { ok: 1 } }])
  })

  it('when an expert is asked', async () => {
    const question = { topic: 'frontend', question: 'Which colours are readable in the dark?' }
    const asked = await ask('POST /workflow/{feature_id}/consult', { params, body: question })
    expect(asked.status).toBe(201)
  })

  it('to those who drive a run by its id', async () => {
    const start = { workflow_type: 'plan', feature_description: 'Plan the dark theme' }
    const { body: run } = await ask('POST /workflows', { body: start })
    const trigger = { trigger: 'agent_complete', phase_result: { outline: [1] } }
    await ask('POST /workflows/{id}/advance', { params: { id: run.id }, body: trigger })
    expect(await ask('GET /workflows/{id}', { params: { id: run.id } })).toMatchObject({
      status: 200,
      body: { status: 'waiting_approval' },
    })
  })

  it('when they refuse', async () => {
    expect((await ask('GET /workflow/{feature_id}', { params: { feature_id: 'unknown' } })).status).toBe(404)
    expect((await ask('POST /workflows', { body: { workflow_type: 'dance' } })).status).toBe(422)
    const illegal = { params, body: { event: 'phase_failed', reason: 'too late' } }
    expect((await ask('POST /workflow/{feature_id}/advance', illegal)).status).toBe(409)
  })
})
