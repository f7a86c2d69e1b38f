import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createCouncilBody,
  deliberateBody,
  deliberationsQuery,
  getMetricsMessage,
  orchestrateBody,
  statusQuery,
} from '#lib/councils/schemas'

const NOTHING_SAID = { rubric: '', requirements: [], metadata: {}, max_iterations: 0, timeout_seconds: 0 }

describe('a request to deliberate', () => {
  it('has the defaults of proto3 for everything that is missing or null', () => {
    const defaults = { task_description: '', role: '', constraints: NOTHING_SAID, rounds: 0, num_agents: 0 }

    expect(deliberateBody.parse({})).toEqual(defaults)
    expect(
      deliberateBody.parse({ task_description: null, role: null, constraints: null, rounds: null, num_agents: null }),
    ).toEqual(defaults)
    expect(deliberateBody.parse({ constraints: { metadata: null } })).toEqual(defaults)
  })

  it.each([
    [{ task_description: 'Do it', num_agents: 3, constraints: { max_iterations: 2, timeout_seconds: 9 } }],
    [{ taskDescription: 'Do it', numAgents: 3, constraints: { maxIterations: 2, timeoutSeconds: 9 } }],
    [{ taskDescription: 'Do it', num_agents: '3', constraints: { maxIterations: '2', timeout_seconds: 9.0 } }],
  ])('may name its fields in either way, and write numbers as text: %j', (body) => {
    expect(deliberateBody.parse(body)).toMatchObject({
      task_description: 'Do it',
      num_agents: 3,
      constraints: { max_iterations: 2, timeout_seconds: 9 },
    })
  })

  it('leaves the keys of a map as they are', () => {
    const { constraints } = deliberateBody.parse({ constraints: { metadata: { someKey: 'x', some_key: 'y' } } })

    expect(constraints.metadata).toEqual({ someKey: 'x', some_key: 'y' })
  })

  it.each([
    ['a field that is not known', { rols: 'DEV' }, 'rols'],
    ['a field named in both ways', { num_agents: 1, numAgents: 2 }, 'same as num_agents'],
    ['half a round', { rounds: 1.5 }, 'whole number'],
    ['a number beyond 32 bits', { rounds: 2 ** 31 }, 'rounds'],
    ['words for a number', { rounds: 'many' }, 'whole number'],
    ['a requirement that is no text', { constraints: { requirements: [7] } }, 'requirements'],
    ['no object at all', [], 'object'],
  ])('is refused with %s', (_what, body, word) => {
    const { success, error } = deliberateBody.safeParse(body)

    expect(success).toBe(false)
    expect(JSON.stringify(error?.issues)).toContain(word)
  })

  it('takes numbers that the service refuses: the service knows the bounds', () => {
    expect(deliberateBody.parse({ rounds: -1, num_agents: 99 })).toMatchObject({ rounds: -1, num_agents: 99 })
  })

  it('holds no half characters, which no store takes', () => {
    expect(deliberateBody.parse({ task_description: 'a\ud800b' }).task_description).toBe('a\ufffdb')
  })

  it('is the same whatever was parsed already', () => {
    const body = fc.record(
      {
        task_description: fc.string({ unit: 'binary' }),
        role: fc.string(),
        rounds: fc.integer({ min: -5, max: 20 }),
        num_agents: fc.maxSafeInteger().map((n) => n % 1000),
        constraints: fc.record({ rubric: fc.string(), requirements: fc.array(fc.string()) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(body, (given) => {
        const once = deliberateBody.parse(given)
        expect(deliberateBody.parse(once)).toEqual(once)
      }),
    )
  })
})

describe('the other requests', () => {
  it('to orchestrate has options and a context', () => {
    expect(orchestrateBody.parse({ taskId: 't', options: { enablePeerReview: true } })).toMatchObject({
      task_id: 't',
      options: { enable_peer_review: true, deliberation_rounds: 0, custom_params: {} },
      context_options: { include_timeline: false, scopes: [] },
    })
  })

  it('to make a council has a configuration', () => {
    expect(createCouncilBody.parse({ role: 'DEV', config: { agentType: 'MOCK' } })).toMatchObject({
      config: { agent_type: 'MOCK', model_profile: '' },
    })
  })

  it('for metrics is for all of them when no kind is named, and for none that are not there', () => {
    expect(getMetricsMessage.parse({})).toEqual({ metric_type: 'all', time_range_ms: 0 })
    expect(getMetricsMessage.safeParse({ metric_type: 'weather' }).success).toBe(false)
    expect(getMetricsMessage.safeParse({ time_range_ms: '-1' }).success).toBe(false)
  })

  it('read yes and no, and pages, from a query', () => {
    expect(statusQuery.parse({})).toEqual({ include_stats: false })
    expect(statusQuery.parse({ include_stats: 'true' })).toEqual({ include_stats: true })
    expect(statusQuery.safeParse({ include_stats: 'maybe' }).success).toBe(false)
    expect(deliberationsQuery.parse({})).toEqual({ limit: 20 })
    expect(deliberationsQuery.safeParse({ limit: '101' }).success).toBe(false)
  })
})
