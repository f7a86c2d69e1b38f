import { type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { COUNCIL_CODES, CouncilError } from '#lib/councils/errors'
import type { Asking, DeliberateResponse, Update } from '#lib/councils/service'
import { AppError } from '#lib/errors'
import { detailsOf } from './support/client.ts'
import { aResult, metadata, NO_DEV, ranked, stored } from './support/scripted.ts'
import { aServer } from './support/server.ts'

/** The request of the first example, as written. */
const SEED = {
  task_description: 'Implement user authentication',
  role: 'DEV',
  constraints: {
    rubric: 'Secure, maintainable code',
    requirements: ['Unit tests', 'Error handling'],
  },
  rounds: 1,
  num_agents: 3,
}

const refused = async (reply: Promise<unknown>): Promise<ServiceError> =>
  reply.then(
    () => {
      throw new Error('It was not refused.')
    },
    (error: ServiceError) => error,
  )

/** A deliberation that lasts until its signal fires. */
function aLongOne() {
  const begun = Promise.withResolvers<Asking>()
  const ended = Promise.withResolvers<void>()
  const deliberate = (_request: unknown, asking: Asking): Promise<DeliberateResponse> => {
    begun.resolve(asking)
    return new Promise((_resolve, reject) => {
      asking.signal?.addEventListener('abort', () => {
        ended.resolve()
        reject(new CouncilError('CANCELLED', 'Nobody waits any more.'))
      })
    })
  }
  return { deliberate, begun: begun.promise, ended: ended.promise }
}

describe('Deliberate', () => {
  it('answers that nobody is there before any agent is configured', async () => {
    const { client } = await aServer()

    const error = await refused((await client()).call('Deliberate', SEED))

    expect(error).toMatchObject({ code: status.UNIMPLEMENTED, details: NO_DEV })
  })

  it('answers with all proposals by rank, every field in its place', async () => {
    const { client, asked } = await aServer({ script: { deliberate: async () => ranked } })

    const { answer } = await (await client()).call('Deliberate', SEED)

    expect(answer).toEqual(ranked)
    expect(asked).toMatchObject([{ method: 'deliberate', request: SEED }])
  })

  it('gives every field that was left out its default', async () => {
    const { client, asked } = await aServer({ script: { deliberate: async () => ranked } })

    await (await client()).call('Deliberate', { role: 'DEV' })

    expect(asked[0]?.request).toEqual({
      task_description: '',
      role: 'DEV',
      constraints: { rubric: '', requirements: [], metadata: {}, max_iterations: 0, timeout_seconds: 0 },
      rounds: 0,
      num_agents: 0,
    })
  })
})

describe('the other methods', () => {
  it('Orchestrate: hands over the whole request and answers with winner and candidates', async () => {
    const answered = {
      winner: aResult(1),
      candidates: ranked.results,
      execution_id: metadata.execution_id,
      duration_ms: 12,
      metadata,
    }
    const { client, asked } = await aServer({ script: { orchestrate: async () => answered } })
    const request = {
      ...{ task_id: 't', task_description: 'd', role: 'DEV', case_id: 'c', story_id: 's', plan_id: 'p' },
      constraints: { rubric: 'r', requirements: ['q'], metadata: { a: 'b' }, max_iterations: 2, timeout_seconds: 30 },
      options: {
        ...{ enable_peer_review: true, deliberation_rounds: 2, enable_architect_selection: true },
        custom_params: { k: '3' },
      },
      context_options: {
        ...{ include_timeline: true, include_decisions: false, include_summaries: true },
        ...{ max_events: 7, scopes: ['x'] },
      },
    }

    expect((await (await client()).call('Orchestrate', request)).answer).toEqual(answered)
    expect(asked[0]?.request).toEqual(request)
  })

  it('GetStatus: tells statistics only when asked', async () => {
    const { client } = await aServer()
    const { call } = await client()

    expect((await call('GetStatus', {})).answer).toMatchObject({ status: 'healthy', stats: null })
    expect((await call('GetStatus', { include_stats: true })).answer).toEqual({
      status: 'healthy',
      uptime_seconds: expect.any(Number),
      stats: {
        total_deliberations: 3,
        total_orchestrations: 0,
        avg_deliberation_time_ms: 1.5,
        active_councils: 1,
        role_counts: { DEV: 3 },
      },
    })
  })

  it('GetStatus: is unhealthy when the statistics cannot be read', async () => {
    const { client } = await aServer({ script: { stats: () => Promise.reject(new Error('no table')) } })

    const { answer } = await (await client()).call('GetStatus', { include_stats: true })

    expect(answer).toMatchObject({ status: 'unhealthy', stats: null })
  })

  it.each(['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'TIMEOUT'] as const)(
    'GetDeliberationResult: tells of a run that is %s',
    async (state) => {
      const { client } = await aServer({ script: { result: async () => ({ ...stored, status: state }) } })

      const { answer } = await (await client()).call('GetDeliberationResult', { task_id: 'task-1' })

      const { execution_id: _, role: __, status_detail: ___, degraded: ____, warnings: _____, ...shown } = stored
      expect(answer).toEqual({ ...shown, status: `DELIBERATION_STATUS_${state}` })
    },
  )

  it('councils and agents are made, listed and removed', async () => {
    const able = { supported_tasks: ['t'], model_profile: 'm', max_concurrent_tasks: 2, languages: ['ts'] }
    const council = {
      ...{ council_id: 'council-dev', role: 'DEV', num_agents: 1, status: 'active', model: 'offline' },
      agents: [{ agent_id: 'agent-dev-001', role: 'DEV', status: 'ready', capabilities: able }],
    }
    const { client, asked } = await aServer({
      script: {
        listCouncils: async () => [council],
        deleteCouncil: async () => ({ success: true, message: 'Gone.', agents_removed: 1 }),
        unregisterAgent: async () => ({ success: true, message: 'Gone.' }),
      },
    })
    const { call } = await client()
    const made = { role: 'DEV', num_agents: 1, config: { agent_type: 'MOCK', custom_params: { a: 'b' } } }
    const agent = { agent_id: 'a', role: 'DEV', endpoint: 'https://a', metadata: { x: 'y' } }

    expect((await call('CreateCouncil', made)).answer).toMatchObject({ council_id: 'council-dev' })
    expect((await call('ListCouncils', { include_agents: true })).answer).toEqual({ councils: [council] })
    expect((await call('RegisterAgent', { ...agent, capabilities: able })).answer).toMatchObject({ success: true })
    expect((await call('UnregisterAgent', { agent_id: 'a', role: 'DEV' })).answer).toMatchObject({ success: true })
    expect((await call('DeleteCouncil', { role: 'DEV' })).answer).toMatchObject({ agents_removed: 1 })
    expect(asked.map(({ request }) => request)).toMatchObject([made, { ...agent, capabilities: able }])
  })

  it('GetMetrics: tells what was asked for, everything by default', async () => {
    const figures = {
      performance: {
        ...{ avg_deliberation_ms: 1.5, avg_orchestration_ms: 2, p50_latency_ms: 1, p95_latency_ms: 2 },
        p99_latency_ms: 3,
      },
      agents: { total_agents: 3, active_agents: 2, agents_per_role: { DEV: 3 }, avg_agent_response_time_ms: 9.5 },
      councils: {
        ...{ total_councils: 1, active_councils: 1 },
        health_per_council: {
          'council-dev': { status: 'healthy', available_agents: 2, busy_agents: 1, success_rate: 0.5 },
        },
      },
    }
    const { client, asked } = await aServer({ script: { metrics: async () => figures } })
    const { call } = await client()

    expect((await call('GetMetrics', { time_range_ms: 60_000 })).answer).toEqual(figures)
    expect(asked[0]?.request).toEqual({ type: 'all', rangeMs: 60_000 })
    const error = await refused(call('GetMetrics', { metric_type: 'weather' }))
    expect(error.code).toBe(status.INVALID_ARGUMENT)
    expect(detailsOf(error)).toMatchObject([
      { type: 'BadRequest', value: { field_violations: [{ field: 'metric_type' }] } },
    ])
  })

  it('anything else of the service answers UNIMPLEMENTED', async () => {
    const { client } = await aServer()

    const error = await (await client()).unknown('/orchestrator.v1.OrchestratorService/DeriveSubtasks')

    expect(error.code).toBe(status.UNIMPLEMENTED)
  })
})

describe('StreamDeliberation', () => {
  const update = (at: Update['status'], progress_percent: number): Update => ({
    ...{ status: at, progress_percent, current_step: `step ${at}`, current_agent: 'agent-dev-001' },
    partial_result: at === 'complete' ? aResult(1) : null,
  })
  const updates = [update('generating', 10), update('reviewing', 50), update('scoring', 90), update('complete', 100)]

  it('tells each step in order and ends', async () => {
    const { client } = await aServer({
      script: {
        async deliberateWatched(_request, _asking, tell) {
          updates.forEach(tell)
          return ranked
        },
      },
    })
    const told: unknown[] = []
    await (await client()).stream('StreamDeliberation', SEED, (one) => told.push(one)).over

    expect(told).toEqual(updates)
  })

  it('ends with the status of what went wrong, after the steps before it', async () => {
    const { client } = await aServer({
      script: {
        async deliberateWatched(_request, _asking, tell) {
          updates.slice(0, 1).forEach(tell)
          throw new CouncilError('UNAVAILABLE', 'Every agent failed.')
        },
      },
    })
    const told: unknown[] = []
    const { over } = (await client()).stream('StreamDeliberation', SEED, (one) => told.push(one))

    expect(await refused(over)).toMatchObject({ code: status.UNAVAILABLE, details: 'Every agent failed.' })
    expect(told).toHaveLength(1)
  })

  it('a caller who goes away is noticed', async () => {
    const long = aLongOne()
    const { client } = await aServer({ script: { deliberateWatched: long.deliberate } })
    const stream = (await client()).stream('StreamDeliberation', SEED)
    await long.begun

    stream.cancel()

    await long.ended
  })
})

describe('a refusal of the service', () => {
  it.each(COUNCIL_CODES)('%s is told by its own code, with its words', async (code) => {
    const { client } = await aServer({
      script: { deliberate: () => Promise.reject(new CouncilError(code, `Because of ${code}: ü`)) },
    })

    const error = await refused((await client()).call('Deliberate', SEED))

    expect(error).toMatchObject({ code: status[code], details: `Because of ${code}: ü` })
  })

  it('names the field that is wrong', async () => {
    const wrong = new CouncilError('INVALID_ARGUMENT', 'rounds must be from 0 to 10', { field: 'rounds' })
    const { client } = await aServer({ script: { deliberate: () => Promise.reject(wrong) } })

    const error = await refused((await client()).call('Deliberate', { ...SEED, rounds: -1 }))

    expect(detailsOf(error)).toEqual([
      {
        type: 'BadRequest',
        value: { field_violations: [{ field: 'rounds', description: 'rounds must be from 0 to 10' }] },
      },
    ])
  })

  it.each([
    [2_500, { seconds: 2, nanos: 500_000_000 }],
    [undefined, { seconds: 1, nanos: 0 }],
  ])('says when to come again (%s ms)', async (retryAfterMs, retry_delay) => {
    const spent = new CouncilError('RESOURCE_EXHAUSTED', 'The budget is spent.', {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    const { client } = await aServer({ script: { deliberate: () => Promise.reject(spent) } })

    const error = await refused((await client()).call('Deliberate', SEED))

    expect(detailsOf(error)).toEqual([{ type: 'RetryInfo', value: { retry_delay } }])
  })

  it('of the store is UNAVAILABLE, and a bug is INTERNAL: told to the log, not to the caller', async () => {
    const { client, lines } = await aServer({
      script: {
        deliberate: () => Promise.reject(new AppError('unavailable', 'The table does not answer.')),
        orchestrate: () => Promise.reject(new Error('secret /etc/passwd')),
      },
    })
    const { call } = await client()

    expect(await refused(call('Deliberate', SEED))).toMatchObject({ code: status.UNAVAILABLE })
    const bug = await refused(call('Orchestrate', {}, { metadata: { 'x-correlation-id': 'find-me' } }))
    expect(bug.code).toBe(status.INTERNAL)
    expect(bug.details).not.toContain('passwd')
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      facts: { correlation_id: 'find-me', method: 'Orchestrate', error: expect.any(Error) },
    })
  })

  it('of a message that is far too large comes before it is read', async () => {
    const { client, asked } = await aServer()

    const error = await refused((await client()).call('Deliberate', { task_description: 'x'.repeat(2 ** 21) }))

    expect(error.code).toBe(status.RESOURCE_EXHAUSTED)
    expect(asked).toEqual([])
  })
})

describe('a caller who waits no longer', () => {
  it('is noticed when he cancels', async () => {
    const long = aLongOne()
    const { client, metrics } = await aServer({ script: { deliberate: long.deliberate } })
    const { reply, cancel } = (await client()).begin('Deliberate', SEED)
    await long.begun

    cancel()

    expect(await refused(reply)).toMatchObject({ code: status.CANCELLED })
    await long.ended
    await expect.poll(() => metrics.text()).toContain('{method="Deliberate",code="CANCELLED"} 1')
  })

  it('is noticed at his deadline, which the service knows from the start', async () => {
    const long = aLongOne()
    const { client } = await aServer({ script: { deliberate: long.deliberate } })
    const deadline = Date.now() + 300
    const { reply } = (await client()).begin('Deliberate', SEED, { deadline })

    const asking = await long.begun

    expect(Math.abs((asking.deadline ?? 0) - deadline)).toBeLessThan(200)
    expect(await refused(reply)).toMatchObject({ code: status.DEADLINE_EXCEEDED })
    await long.ended
  })

  it('has no deadline unless he sets one', async () => {
    const { client, asked } = await aServer({ script: { deliberate: async () => ranked } })

    await (await client()).call('Deliberate', SEED)

    expect(asked[0]?.asking?.deadline).toBeUndefined()
  })
})

describe('every call', () => {
  const headersOf = (error: ServiceError) => (error as ServiceError & { headers: Metadata }).headers

  it('carries its correlation id to the service and back, in success and failure', async () => {
    const { client, asked } = await aServer()
    const { call } = await client()
    const settings = { metadata: { 'x-correlation-id': 'mine-1' } }

    const { headers } = await call('GetStatus', {}, settings)
    const error = await refused(call('Deliberate', SEED, settings))

    expect(headers.get('x-correlation-id')).toEqual(['mine-1'])
    expect(headersOf(error).get('x-correlation-id')).toEqual(['mine-1'])
    expect(asked[0]?.asking?.correlation_id).toBe('mine-1')
  })

  it('gets a fresh one when it brings none, or one that could do harm', async () => {
    const { client } = await aServer()

    const { headers } = await (await client()).call('GetStatus', {}, { metadata: { 'x-correlation-id': 'a b{c}' } })

    expect(headers.get('x-correlation-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })

  it('is counted by its outcome and timed', async () => {
    const { client, metrics, lines } = await aServer()
    const { call } = await client()

    await call('GetStatus', {})
    await refused(call('Deliberate', SEED))

    const text = metrics.text()
    expect(text).toContain('coxswain_grpc_calls_total{method="GetStatus",code="OK"} 1')
    expect(text).toContain('coxswain_grpc_calls_total{method="Deliberate",code="UNIMPLEMENTED"} 1')
    expect(text).toContain('coxswain_grpc_call_seconds_bucket{method="GetStatus",le="+Inf"} 1')
    expect(text).toContain('coxswain_grpc_call_seconds_count{method="Deliberate"} 1')
    expect(text).toContain('coxswain_grpc_calls_running 0')
    expect(lines).toMatchObject([
      { message: 'call', facts: { method: 'GetStatus', code: 'OK' } },
      { message: 'call', facts: { method: 'Deliberate', code: 'UNIMPLEMENTED' } },
    ])
    expect(JSON.stringify(lines)).not.toContain(SEED.task_description)
  })
})
