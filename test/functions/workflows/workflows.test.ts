import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HttpHandler } from '#lib/http/create-api'
import { type StandInAgentHub, startAgentHub } from '#sandbox/agent-hub/server'
import { aTable } from '#test/helpers/dynamodb'
import { aContext, aRequest, type RequestOptions, send, tokenOf } from '#test/helpers/http'

type Module = Record<string, HttpHandler>

let hub: StandInAgentHub
let folder: string
const routes: Record<string, HttpHandler> = {}
const modules: Record<string, Module> = {}

beforeAll(async () => {
  const { name, endpoint } = await aTable()
  folder = await mkdtemp(join(tmpdir(), 'agent-hub-'))
  hub = await startAgentHub({ port: 0, dataDir: folder, thinkMs: 0 })
  Object.assign(process.env, {
    COXSWAIN_TABLE: name,
    DYNAMODB_ENDPOINT: endpoint,
    AGENT_HUB_URL: hub.url,
    ALLOW_PRIVATE_URLS: new URL(hub.url).host,
    LOG_LEVEL: 'ERROR',
  })
  for (const file of [
    'start',
    'get',
    'advance',
    'control',
    'history',
    'graph',
    'list',
    'consult',
    'answer',
    'runs',
    'check',
    'dispatch',
  ])
    modules[file] = (await import(`../../../functions/workflows/${file}.ts`)) as Module
  const of = (file: string, name_ = 'handler') => modules[file]![name_]!
  Object.assign(routes, {
    'POST /workflow/start': of('start'),
    'GET /workflow/{feature_id}': of('get'),
    'POST /workflow/{feature_id}/advance': of('advance'),
    'POST /workflow/{feature_id}/cancel': of('control', 'cancel'),
    'POST /workflow/{feature_id}/pause': of('control', 'pause'),
    'POST /workflow/{feature_id}/resume': of('control', 'resume'),
    'POST /workflow/{feature_id}/retry': of('control', 'retry'),
    'GET /workflow/{feature_id}/history': of('history'),
    'GET /workflow/{feature_id}/graph': of('graph'),
    'GET /workflows': of('list'),
    'POST /workflow/{feature_id}/consult': of('consult'),
    'POST /workflow/{feature_id}/consultations/{id}/answer': of('answer'),
    'POST /workflows': of('runs', 'start'),
    'GET /workflows/{id}': of('runs', 'get'),
    'POST /workflows/{id}/advance': of('runs', 'advance'),
  })
})

afterAll(async () => {
  await hub.close()
  await rm(folder, { recursive: true, force: true })
})

const OPERATOR = tokenOf('olga', 'operator')
const REVIEWER = tokenOf('bob', 'operator')
const WORKER = tokenOf('w1', 'worker')
const ANYBODY = tokenOf('*', 'operator')

function call(route: string, options: Omit<RequestOptions, 'route'> = {}) {
  const handler = routes[route]
  if (handler === undefined) throw new Error(`no route ${route}`)
  return send(handler, { told: OPERATOR, ...options, route }, aContext())
}

const at = (feature_id: string) => ({ params: { feature_id } })
let count = 0
async function aFeature(): Promise<string> {
  const feature_id = `feature-${++count}`
  const { status } = await call('POST /workflow/start', {
    body: { feature_id, description: 'Refactor to microservices' },
  })
  expect(status).toBe(201)
  return feature_id
}

describe('the workflow routes', () => {
  it('take a feature from its start to its end', async () => {
    const id = await aFeature()
    expect(
      (await call('POST /workflow/start', { body: { feature_id: id, description: ' Refactor to microservices ' } }))
        .status,
    ).toBe(200)
    expect((await call('POST /workflow/start', { body: { feature_id: id, description: 'Another' } })).status).toBe(409)

    const advance = (body: unknown, told = OPERATOR) =>
      call('POST /workflow/{feature_id}/advance', { ...at(id), body, told })
    expect((await advance({ event: 'phase_complete', result: { output: 'plan' } }, WORKER)).body).toMatchObject({
      state: 'GATE_1',
    })
    const { body: view } = await call('GET /workflow/{feature_id}', at(id))
    const evidence = view.gate.evidence_hash
    expect(view.gate).toMatchObject({ name: 'Review', requested_by: 'w1' })
    expect((await advance({ event: 'approve', evidence: 'f'.repeat(64) }, REVIEWER)).status).toBe(409)
    expect((await advance({ event: 'approve' }, REVIEWER)).status).toBe(422)
    expect((await advance({ event: 'approve', evidence, actor: 'somebody' }, REVIEWER)).status).toBe(403)
    expect((await advance({ event: 'approve', evidence, actor: 'w1' }, ANYBODY)).status).toBe(403)
    expect((await advance({ event: 'approve', evidence }, WORKER)).status).toBe(403)
    expect((await advance({ event: 'approve', evidence }, REVIEWER)).body).toMatchObject({
      state: 'PHASE_2',
      waiting_for: 'agent_hub',
    })
    const done = await advance({ event: 'phase_complete', result: 'built' }, WORKER)
    expect(done.body).toMatchObject({
      state: 'DONE',
      progress: { done: 3, total: 3, percent: 100 },
      allowed_events: [],
    })
    const illegal = await advance({ event: 'cancel' })
    expect(illegal).toMatchObject({ status: 409, body: { code: 'conflict', allowed_events: [], state: 'DONE' } })

    const { body: history } = await call('GET /workflow/{feature_id}/history', { ...at(id), query: { limit: '2' } })
    expect(history).toMatchObject({ history: [{ seq: 1 }, { seq: 2, result: { output: 'plan' } }], next_after: 2 })
  })

  it('pause, resume, cancel and retry with a reason', async () => {
    const id = await aFeature()
    const say = async (verb: string, body: unknown = { reason: 'because' }) =>
      (await call(`POST /workflow/{feature_id}/${verb}`, { ...at(id), body })).body
    expect(await say('pause')).toMatchObject({ paused: true, waiting_for: 'resume' })
    expect(await say('pause')).toMatchObject({ status: 409 })
    expect(await say('resume')).toMatchObject({ paused: false })
    expect(await say('retry')).toMatchObject({ status: 409 })
    expect(await say('cancel', {})).toMatchObject({ state: 'CANCELLED' })
  })

  it('draw the graph, as JSON and as Mermaid', async () => {
    const id = await aFeature()
    expect((await call('GET /workflow/{feature_id}/graph', at(id))).body).toMatchObject({ current: 'PHASE_1' })
    const text = await routes['GET /workflow/{feature_id}/graph']!(
      aRequest({ ...at(id), told: OPERATOR, headers: { accept: 'text/vnd.mermaid' } }),
      aContext(),
    )
    expect(text).toMatchObject({ statusCode: 200, body: expect.stringMatching(/^stateDiagram-v2/) })
    expect(String(text.headers?.['content-type'])).toContain('text/vnd.mermaid')
  })

  it('ask experts, and let a human answer where they are not sure', async () => {
    const id = await aFeature()
    const body = { topic: 'backend', question: 'How do we migrate the legacy store?' }
    const asked = await call('POST /workflow/{feature_id}/consult', { ...at(id), body, told: WORKER })
    expect(asked).toMatchObject({ status: 201, body: { status: 'pending_human', escalation_id: expect.any(String) } })
    const answer = {
      params: { feature_id: id, id: asked.body.id },
      body: { action: 'correct', response: 'Twice.', responder: 'olga' },
    }
    const route = 'POST /workflow/{feature_id}/consultations/{id}/answer'
    expect(await call(route, { ...answer, told: REVIEWER })).toMatchObject({ status: 403 })
    expect(await call(route, answer)).toMatchObject({ status: 200, body: { status: 'resolved', answer: 'Twice.' } })
    expect(await call(route, answer)).toMatchObject({ status: 409 })
    hub.mode({ down: true })
    const away = await call('POST /workflow/{feature_id}/consult', {
      ...at(id),
      body: { topic: 'testing', question: 'Is anybody there?' },
    })
    expect(away).toMatchObject({ status: 503, body: { code: 'upstream_unavailable' } })
    hub.mode({})
  })

  it('list what there is, by filter', async () => {
    await aFeature()
    const { status, body } = await call('GET /workflows', {
      query: { state: 'PHASE_1', definition: 'sdlc', limit: '1' },
    })
    expect([status, body.workflows.length]).toEqual([200, 1])
    for (const query of [
      { limit: '0' },
      { limit: 'x' },
      { state: 'LIMBO' },
      { updated_after: 'yesterday' },
      { cursor: '' },
      { page: '2' },
    ])
      expect(await call('GET /workflows', { query })).toMatchObject({ status: 422 })
  })

  it('serve the newer contract', async () => {
    const body = { workflow_type: 'plan', feature_description: 'Add a coupon field' }
    const made = await call('POST /workflows', { body, told: ANYBODY })
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'in_progress', feature_id: expect.stringMatching(/^\d{3}-add-a-coupon-field$/) },
    })
    const run = { params: { id: made.body.id } }
    expect(await call('GET /workflows/{id}', run)).toMatchObject({ status: 200, body: made.body })
    const say = (trigger: string, told = ANYBODY) =>
      call('POST /workflows/{id}/advance', { ...run, body: { trigger }, told })
    expect((await say('agent_complete')).body).toMatchObject({ status: 'waiting_approval' })
    expect((await say('human_approved', WORKER)).status).toBe(403)
    expect((await say('human_approved')).body).toMatchObject({ current_phase: 'phase_2' })
    expect(await call('GET /workflows/{id}', { params: { id: 'x' } })).toMatchObject({
      status: 422,
      body: { code: 'INVALID_UUID' },
    })
    expect(await call('GET /workflow/{feature_id}', at(made.body.feature_id))).toMatchObject({ status: 200 })
  })

  it('check on schedule, and take phases to the hub', async () => {
    const id = await aFeature()
    const report = await modules['check']!['handler']!(undefined as never)
    expect(report).toMatchObject({ ran: true, failed: [] })
    expect((await call('GET /workflow/{feature_id}', at(id))).body).toMatchObject({ state: 'GATE_1' })
  })
})

describe('bad input', () => {
  const start = (body: unknown) => call('POST /workflow/start', { body })
  const good = { feature_id: 'bad-input', description: 'x' }

  it.each([
    ['no body', undefined, 422],
    ['text', '"hello"', 422],
    ['half JSON', '{"feature_id":', 400],
    ['NaN', '{"feature_id":"x","description":NaN}', 400],
    ['a number too large', '{"feature_id":"x","description":"d","context":{"n":1e999}}', 400],
    ['a prototype', '{"feature_id":"x","description":"d","__proto__":{}}', 400],
    ['the same key twice', '{"feature_id":"x","feature_id":"y","description":"d"}', 400],
    ['an empty description', { ...good, description: '   ' }, 422],
    ['a description too long', { ...good, description: 'x'.repeat(10_001) }, 422],
    ['a name with a path', { ...good, feature_id: '../x' }, 422],
    ['a name too long', { ...good, feature_id: 'a'.repeat(81) }, 422],
    ['capitals', { ...good, feature_id: 'ABC' }, 422],
    ['a context too large', { ...good, context: { x: 'y'.repeat(65_537) } }, 422],
    ['a context that is a list', { ...good, context: [1] }, 422],
    ['an unknown definition', { ...good, definition: 'waterfall' }, 422],
    ['an unknown version', { ...good, definition_version: 99 }, 422],
    ['a version that is text', { ...good, definition_version: '1' }, 422],
    ['an unknown field', { ...good, surprise: 1 }, 422],
    ['300 KB', { ...good, description: 'x'.repeat(300_000) }, 413],
  ])('is refused and starts nothing: %s', async (_, body, status) => {
    const answer = await start(body)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect((await call('GET /workflow/{feature_id}', at('bad-input'))).status).toBe(404)
  })

  it('of half a character is mended, not stored', async () => {
    const body = '{"feature_id":"surrogate","description":"half \\ud800","context":{"k":"\\udfff"}}'
    expect(await start(body)).toMatchObject({
      status: 201,
      body: { description: 'half \ufffd', context: { k: '\ufffd' } },
    })
    expect((await call('GET /workflow/{feature_id}', at('surrogate'))).status).toBe(200)
  })

  it.each([
    ['an unknown event', { event: 'levitate' }],
    ['a version that is no number', { event: 'cancel', expected_version: 1.5 }],
    ['a hash that is none', { event: 'approve', evidence: 'abc' }],
    ['a name with control characters', { event: 'cancel', actor: 'a\nb' }],
    ['a reason that is empty', { event: 'reject', reason: ' ' }],
    ['a system event', { event: 'expire' }],
  ])('to advance is refused: %s', async (_, body) => {
    const id = await aFeature()
    expect(await call('POST /workflow/{feature_id}/advance', { ...at(id), body })).toMatchObject({ status: 422 })
  })

  it('to history and consult is refused', async () => {
    const id = await aFeature()
    for (const query of [{ after: '-1' }, { after: 'x' }, { limit: '101' }])
      expect(await call('GET /workflow/{feature_id}/history', { ...at(id), query })).toMatchObject({ status: 422 })
    for (const body of [
      {},
      { topic: 'cooking', question: 'How long do eggs take?' },
      { topic: 'testing', question: 'short' },
    ])
      expect(await call('POST /workflow/{feature_id}/consult', { ...at(id), body })).toMatchObject({ status: 422 })
    expect(await call('GET /workflow/{feature_id}', at('nobody'))).toMatchObject({ status: 404 })
  })
})

describe('who may call', () => {
  it.each([
    ['GET /workflow/{feature_id}', 'reader'],
    ['GET /workflow/{feature_id}/history', 'reader'],
    ['GET /workflow/{feature_id}/graph', 'reader'],
    ['GET /workflows', 'reader'],
    ['GET /workflows/{id}', 'reader'],
    ['POST /workflow/start', 'operator'],
    ['POST /workflows', 'operator'],
    ['POST /workflow/{feature_id}/advance', 'operator worker'],
    ['POST /workflow/{feature_id}/consult', 'operator worker'],
    ['POST /workflows/{id}/advance', 'operator worker'],
    ['POST /workflow/{feature_id}/consultations/{id}/answer', 'operator'],
    ['POST /workflow/{feature_id}/cancel', 'operator'],
    ['POST /workflow/{feature_id}/pause', 'operator'],
    ['POST /workflow/{feature_id}/resume', 'operator'],
    ['POST /workflow/{feature_id}/retry', 'operator'],
  ])('%s: %s', async (route, scopes) => {
    const allowed = scopes.split(' ')
    for (const scope of ['reader', 'worker', 'operator'] as const) {
      const may = allowed.includes(scope) || (scope === 'operator' && allowed.includes('reader'))
      const { status } = await call(route, { ...at('nobody'), body: undefined, told: tokenOf('x', scope) })
      expect([scope, status === 403]).toEqual([scope, !may])
    }
    expect((await call(route, { told: null })).status).toBe(401)
  })
})
