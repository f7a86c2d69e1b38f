import { describe, expect, it } from 'vitest'
import { hours } from '#lib/clock'
import { percentile } from '#lib/councils/figures'
import { meter } from '#lib/store/client'
import { entriesOf } from './support/agents.ts'
import { ASKING, anOrchestration, aRequest, aWorld, until } from './support/world.ts'

const ENTRIES = [...entriesOf('DEV', 3), ...entriesOf('dev-ops_1', 3)]

describe('figures', () => {
  it('are of all processes and stay: totals, averages, roles, percentiles over a range', async () => {
    const world = await aWorld({ entries: ENTRIES })
    const { councils, clock, stage } = world
    const lasting = (ms: number) =>
      stage.script('agent-dev-001', {
        propose: () => {
          clock.advance(ms)
          return 'a text'
        },
      })
    for (const ms of [100, 200, 300, 400]) {
      lasting(ms)
      await councils.deliberate(aRequest(), ASKING)
    }
    lasting(1_000)
    await councils.orchestrate(anOrchestration(), ASKING)
    await councils.deliberate(aRequest({ role: 'dev-ops_1', num_agents: 1 }), ASKING)
    stage.everybody({ propose: () => ({ kind: 'unavailable', message: 'down' }) })
    await expect(councils.deliberate(aRequest({ role: 'DEV-OPS_1' }), ASKING)).rejects.toThrow()

    const fresh = world.another()
    expect(await fresh.stats()).toEqual({
      total_deliberations: 5,
      total_orchestrations: 1,
      avg_deliberation_time_ms: 200,
      active_councils: 2,
      role_counts: { DEV: 5, 'dev-ops_1': 1 },
    })
    expect(await fresh.metrics('all', 0)).toEqual({
      performance: {
        avg_deliberation_ms: 200,
        avg_orchestration_ms: 1_000,
        p50_latency_ms: 200,
        p95_latency_ms: 1_000,
        p99_latency_ms: 1_000,
      },
      agents: {
        total_agents: 6,
        active_agents: 0,
        agents_per_role: { DEV: 3, 'dev-ops_1': 3 },
        avg_agent_response_time_ms: 20,
      },
      councils: {
        total_councils: 2,
        active_councils: 2,
        health_per_council: {
          DEV: { status: 'healthy', available_agents: 3, busy_agents: 0, success_rate: 1 },
          'dev-ops_1': { status: 'healthy', available_agents: 3, busy_agents: 0, success_rate: 0.5 },
        },
      },
    })
    clock.advance(hours(2))
    expect(await fresh.metrics('performance', hours(1))).toEqual({
      performance: {
        avg_deliberation_ms: 0,
        avg_orchestration_ms: 0,
        p50_latency_ms: 0,
        p95_latency_ms: 0,
        p99_latency_ms: 0,
      },
    })
  })

  it('show who is at work', async () => {
    const world = await aWorld()
    world.stage.everybody({ propose: () => new Promise<never>(() => undefined) })
    const running = world.councils.deliberate(aRequest({ num_agents: 2 }), ASKING).catch(() => undefined)
    await until(() => world.stage.asked.length === 2)
    const { councils, agents } = await world.councils.metrics('all', 0)
    expect(agents?.active_agents).toBe(2)
    expect(councils?.health_per_council['DEV']).toMatchObject({ available_agents: 1, busy_agents: 2 })
    const [council] = await world.councils.listCouncils({ role_filter: '', include_agents: true })
    expect(council?.agents.map(({ status }) => status)).toEqual(['busy', 'busy', 'ready'])
    world.pass(60_000)
    await running
  })

  it('cost the same however many runs there were', async () => {
    const world = await aWorld()
    const units = meter(world.local.client)
    const costOf = async (work: () => Promise<unknown>) => {
      units.reset()
      await work()
      return units.totals()
    }
    const first = await costOf(() => world.councils.deliberate(aRequest(), ASKING))
    for (let at = 0; at < 10; at++) await world.councils.deliberate(aRequest(), ASKING)
    const later = await costOf(() => world.councils.deliberate(aRequest(), ASKING))
    expect(later).toEqual(first)
    expect(first.writes).toBeLessThanOrEqual(35)
    expect((await costOf(() => world.councils.stats())).reads).toBeLessThanOrEqual(2)
  })

  it('know percentiles by nearest rank', () => {
    expect(percentile([], 0.5)).toBe(0)
    expect([0.01, 0.5, 0.95, 0.99].map((share) => percentile([10, 20, 30, 40], share))).toEqual([10, 20, 40, 40])
  })
})
