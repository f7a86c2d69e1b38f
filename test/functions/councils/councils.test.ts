/** The councils' functions over a real table, offline agents and the table's own stream. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { HttpHandler } from '#lib/http/create-api'
import { aTable } from '#test/helpers/dynamodb'
import { aContext, type RequestOptions, send, tokenOf } from '#test/helpers/http'
import { aStream } from '#test/helpers/journey'
import { documented } from '#test/helpers/openapi'

const TASK = {
  task_description: 'Implement user authentication',
  role: 'DEV',
  constraints: { rubric: 'Secure, maintainable code', requirements: ['Unit tests', 'Error handling'] },
  rounds: 1,
  num_agents: 3,
}
const ASYNC = { prefer: 'respond-async' }
const OPERATOR = tokenOf('olga', 'operator')

let routes: Readonly<Record<string, HttpHandler>>
let stream: Awaited<ReturnType<typeof aStream>>
let run: typeof import('#functions/councils/run').handler
let resume: typeof import('#functions/councils/resume').handler

beforeAll(async () => {
  const local = await aTable()
  stream = await aStream(local)
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    COXSWAIN_TABLE: local.name,
    DYNAMODB_ENDPOINT: local.endpoint,
    LOG_LEVEL: 'ERROR',
    STAND_INS: 'on',
    ALLOW_OFFLINE_AGENTS: 'true',
  })
  const ask = await import('#functions/councils/ask')
  const councils = await import('#functions/councils/councils')
  const deliberations = await import('#functions/councils/deliberations')
  routes = {
    'POST /councils/deliberate': ask.deliberate,
    'POST /councils/orchestrate': ask.orchestrate,
    'GET /councils/status': (await import('#functions/councils/status')).handler,
    'GET /councils': councils.list,
    'POST /councils': (await import('#functions/councils/create')).handler,
    'DELETE /councils': councils.remove,
    'GET /deliberations': deliberations.list,
    'GET /deliberations/{execution_id}': deliberations.get,
    'GET /deliberations/{execution_id}/transcript': deliberations.transcript,
    'POST /deliberations/{execution_id}/recount': deliberations.recount,
  }
  run = (await import('#functions/councils/run')).handler
  resume = (await import('#functions/councils/resume')).handler
})

async function call(route: string, options: RequestOptions = {}) {
  const handler = routes[route]
  if (handler === undefined) throw new Error(`no route ${route}`)
  return send(handler, { told: OPERATOR, ...options, route }, aContext())
}

/** Hands what the table's stream tells to the function that carries out runs. */
async function pump(): Promise<void> {
  for (let Records = await stream(); Records.length > 0; Records = await stream()) {
    expect(await run({ Records: [...Records] })).toEqual({ batchItemFailures: [] })
  }
}

/** Pumps until the answer is there, as the stack does. */
async function pumping<T>(answer: Promise<T>): Promise<T> {
  let over = false
  const settled = answer.finally(() => {
    over = true
  })
  settled.catch(() => undefined)
  while (!over) {
    await pump()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return settled
}

const of = (execution_id: string) => ({ params: { execution_id } })

async function aRun(body: object = TASK): Promise<string> {
  const { status, body: accepted } = await call('POST /councils/deliberate', { body, headers: ASYNC })
  expect(status).toBe(202)
  return accepted.execution_id
}

describe('POST /councils/deliberate', () => {
  it('answers with all proposals by rank when the run is done in time', async () => {
    const answer = await pumping(call('POST /councils/deliberate', { body: TASK }))

    documented('POST /councils/deliberate', answer)
    expect(answer.status).toBe(200)
    expect(answer.body.results.map(({ rank }: { rank: number }) => rank)).toEqual([1, 2, 3])
    expect(answer.body.winner_id).toBe(answer.body.results[0].proposal.author_id)
    expect(answer.body.metadata).toMatchObject({
      orchestrator_version: '0.1.0',
      execution_id: expect.stringMatching(/^.{16}$/),
    })
  })

  it('answers at once with a place to look at when that is preferred', async () => {
    const answer = await call('POST /councils/deliberate', { body: TASK, headers: ASYNC })

    documented('POST /councils/deliberate', answer)
    const { execution_id } = answer.body
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `/deliberations/${execution_id}`, 'preference-applied': 'respond-async' },
      body: { status: 'DELIBERATION_STATUS_PENDING' },
    })
    expect((await call('GET /deliberations/{execution_id}', of(execution_id))).body).toMatchObject({
      status: 'DELIBERATION_STATUS_PENDING',
      results: [],
    })
    await pump()
    const done = documented(
      'GET /deliberations/{execution_id}',
      await call('GET /deliberations/{execution_id}', of(execution_id)),
    )
    expect(done.body).toMatchObject({ status: 'DELIBERATION_STATUS_COMPLETED', role: 'DEV', execution_id })
    expect(done.body.results).toHaveLength(3)
  })

  it('takes proto3 JSON in either spelling', async () => {
    const body = { taskDescription: 'Do it', role: 'DEV', numAgents: '2' }

    const answer = await pumping(call('POST /councils/deliberate', { body }))

    expect(answer.body.results).toHaveLength(2)
  })

  it.each([
    ['a role that has no council', { ...TASK, role: 'COOK' }, 501, 'UNIMPLEMENTED'],
    ['too many rounds', { ...TASK, rounds: 11 }, 422, 'INVALID_ARGUMENT'],
    ['a role that is no name', { ...TASK, role: '../etc' }, 422, 'INVALID_ARGUMENT'],
    ['more agents than there are', { ...TASK, num_agents: 9 }, 422, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (_what, body, status, grpc_code) => {
    const answer = await call('POST /councils/deliberate', { body })

    documented('POST /councils/deliberate', answer)
    expect(answer).toMatchObject({ status, body: { grpc_code, detail: expect.any(String) } })
  })

  it('says in the words of the contract that nobody is there', async () => {
    const { body } = await call('POST /councils/deliberate', { body: { ...TASK, role: 'COOK' } })

    expect(body.detail).toBe(
      'No agents configured for role: COOK. Agents must be registered before deliberation can occur.',
    )
  })

  it('refuses a field that is not known, and names it', async () => {
    const { status, body } = await call('POST /councils/deliberate', { body: { ...TASK, agents: 3 } })

    expect({ status, errors: body.errors }).toEqual({
      status: 422,
      errors: [{ path: 'agents', message: 'is not known here' }],
    })
  })
})

describe('POST /councils/orchestrate', () => {
  it('answers with a winner who is among the candidates', async () => {
    const body = { task_id: 'auth-1', task_description: 'Implement user authentication', role: 'DEV' }

    const answer = await pumping(call('POST /councils/orchestrate', { body }))

    documented('POST /councils/orchestrate', answer)
    expect(answer.status).toBe(200)
    expect(answer.body.candidates).toContainEqual(answer.body.winner)
    const byTask = await call('GET /deliberations/{execution_id}', of('auth-1'))
    expect(byTask.body).toMatchObject({ task_id: 'auth-1', execution_id: answer.body.execution_id })
  })

  it('answers a repeat of the same task with the run that there is', async () => {
    const body = { task_id: 'auth-2', task_description: 'Implement user authentication', role: 'DEV' }

    const first = await pumping(call('POST /councils/orchestrate', { body }))
    const again = await call('POST /councils/orchestrate', { body })

    expect(again.body).toEqual(first.body)
  })
})

describe('what became of a run', () => {
  it('is told whole: transcript and recount', async () => {
    const execution_id = await aRun()
    await pump()

    const transcript = documented(
      'GET /deliberations/{execution_id}/transcript',
      await call('GET /deliberations/{execution_id}/transcript', of(execution_id)),
    )
    const stages = new Set(transcript.body.entries.map(({ stage }: { stage: string }) => stage))
    expect([...stages]).toEqual(expect.arrayContaining(['propose', 'review', 'revise', 'check']))
    const recount = documented(
      'POST /deliberations/{execution_id}/recount',
      await call('POST /deliberations/{execution_id}/recount', of(execution_id)),
    )
    expect(recount).toMatchObject({ status: 200, body: { execution_id, agrees: true } })
    expect(recount.body.recounted).toEqual(recount.body.stored)
  })

  it.each([
    'GET /deliberations/{execution_id}',
    'GET /deliberations/{execution_id}/transcript',
    'POST /deliberations/{execution_id}/recount',
  ])('%s: is 404 for one that is not there', async (route) => {
    expect(documented(route, await call(route, of('no-such-run')))).toMatchObject({ status: 404 })
  })

  it('is listed page by page, newest first', async () => {
    const ids = [await aRun(), await aRun()]
    await pump()

    const page = documented(
      'GET /deliberations',
      await call('GET /deliberations', { query: { role: 'DEV', limit: '1' } }),
    )
    expect(page.body.deliberations).toHaveLength(1)
    const next = await call('GET /deliberations', { query: { role: 'DEV', limit: '1', cursor: page.body.next_cursor } })
    const found = [...page.body.deliberations, ...next.body.deliberations].map(({ execution_id }) => execution_id)
    expect(found.toSorted()).toEqual(ids.toSorted())
  })
})

describe('councils', () => {
  it('are made, listed and removed', async () => {
    const body = { role: 'Security', num_agents: 2, config: { agent_type: 'MOCK' } }

    const made = documented('POST /councils', await call('POST /councils', { body }))
    expect(made).toMatchObject({
      status: 201,
      body: {
        council_id: 'council-security',
        agents_created: 2,
        agent_ids: ['agent-security-001', 'agent-security-002'],
      },
    })
    expect(documented('POST /councils', await call('POST /councils', { body })).status).toBe(409)
    const listed = documented('GET /councils', await call('GET /councils', { query: { include_agents: 'true' } }))
    const council = listed.body.councils.find((one: { council_id: string }) => one.council_id === 'council-security')
    expect(council).toMatchObject({ num_agents: 2, agents: [{ agent_id: 'agent-security-001' }, {}] })
    const removed = documented('DELETE /councils', await call('DELETE /councils', { query: { role: 'Security' } }))
    expect(removed).toMatchObject({ status: 200, body: { success: true, agents_removed: 2 } })
    expect((await call('DELETE /councils', { query: { role: 'Security' } })).status).toBe(404)
  })

  it('tell how they are doing', async () => {
    const plain = documented('GET /councils/status', await call('GET /councils/status'))
    expect(plain.body).toEqual({ status: 'healthy', uptime_seconds: expect.stringMatching(/^\d+$/) })

    const { body } = documented(
      'GET /councils/status',
      await call('GET /councils/status', { query: { include_stats: 'true' } }),
    )
    expect(body.stats).toMatchObject({ total_deliberations: expect.stringMatching(/^\d+$/) })
  })
})

describe('who may call', () => {
  it.each([
    'POST /councils/deliberate',
    'POST /councils/orchestrate',
    'GET /councils/status',
    'GET /councils',
    'POST /councils',
    'DELETE /councils',
    'GET /deliberations',
    'GET /deliberations/{execution_id}',
    'GET /deliberations/{execution_id}/transcript',
    'POST /deliberations/{execution_id}/recount',
  ])('%s: an operator and nobody else', async (route) => {
    expect((await call(route, { told: null })).status).toBe(401)
    expect((await call(route, { told: tokenOf('w1', 'worker') })).status).toBe(403)
    expect((await call(route, { told: tokenOf('rita', 'reader') })).status).toBe(403)
  })
})

describe('a run that nobody began', () => {
  it('is carried on by the schedule', async () => {
    const execution_id = await aRun()

    expect(await resume({ id: 'tick-1' })).toMatchObject({ carried_on: expect.any(Number) })

    const { body } = await call('GET /deliberations/{execution_id}', of(execution_id))
    expect(body.status).toBe('DELIBERATION_STATUS_COMPLETED')
    expect(await resume({ id: 'tick-2' })).toEqual({ carried_on: 0 })
    // The stream tells of it all the same; it is over, so nothing is done twice.
    await pump()
  })
})
