/** Statistics and metrics, from what runs that are over left behind. */
import type { Clock } from '#lib/clock'
import { checkWhole } from './bounds.ts'
import { mean } from './peers.ts'
import { keyOfRole, type Roster } from './roster.ts'
import type { Metrics, Stats } from './service.ts'
import type { RunStore, StoredCouncil, Summary } from './store-ports.ts'

export interface FigurePorts {
  readonly store: Pick<RunStore, 'totals' | 'ended' | 'open'>
  readonly roster: Roster
  readonly clock: Clock
}

/** Metrics without a range look back this far. */
const DEFAULT_RANGE_MS = 3_600_000
/** The newest runs that metrics are made from: some 200 bytes each, so at most 250 read units. */
const MAX_RUNS = 10_000
/** Open runs that are read to see who is busy. */
const MAX_OPEN = 200
/** A council that fails more often is not well. */
const HEALTHY_RATE = 0.5

export function createFigures({ store, roster, clock }: FigurePorts) {
  return { stats, metrics, busy }

  async function stats(): Promise<Stats> {
    const [totals, councils] = await Promise.all([store.totals(), roster.all()])
    return {
      total_deliberations: totals.deliberations,
      total_orchestrations: totals.orchestrations,
      avg_deliberation_time_ms: totals.deliberations === 0 ? 0 : totals.ms / totals.deliberations,
      active_councils: councils.filter(isActive).length,
      role_counts: totals.by_role,
    }
  }

  async function metrics(type: 'performance' | 'agents' | 'councils' | 'all', rangeMs: number): Promise<Metrics> {
    checkWhole('time_range_ms', rangeMs, Number.MAX_SAFE_INTEGER)
    const since = Math.max(0, clock.now() - (rangeMs || DEFAULT_RANGE_MS))
    const wants = (one: typeof type) => type === one || type === 'all'
    const [runs, councils, working] = await Promise.all([store.ended(since, MAX_RUNS), roster.all(), busy()])
    return {
      ...(wants('performance') && { performance: performanceOf(runs) }),
      ...(wants('agents') && { agents: agentsOf(councils, working, runs) }),
      ...(wants('councils') && { councils: councilsOf(councils, working, runs) }),
    }
  }

  async function busy(): Promise<ReadonlySet<string>> {
    const { items } = await store.open(MAX_OPEN)
    return new Set(items.flatMap(({ agents }) => agents))
  }
}

function performanceOf(runs: readonly Summary[]): NonNullable<Metrics['performance']> {
  const completed = runs.filter(({ completed }) => completed)
  const average = (kind: Summary['kind']) => mean(completed.filter((one) => one.kind === kind).map(({ ms }) => ms)) ?? 0
  const times = completed.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return {
    avg_deliberation_ms: average('deliberation'),
    avg_orchestration_ms: average('orchestration'),
    p50_latency_ms: percentile(times, 0.5),
    p95_latency_ms: percentile(times, 0.95),
    p99_latency_ms: percentile(times, 0.99),
  }
}

function agentsOf(
  councils: readonly StoredCouncil[],
  busy: ReadonlySet<string>,
  runs: readonly Summary[],
): NonNullable<Metrics['agents']> {
  const calls = runs.reduce((sum, one) => sum + one.calls, 0)
  return {
    total_agents: councils.reduce((sum, { agents }) => sum + agents.length, 0),
    active_agents: councils.reduce((sum, council) => sum + busyIn(council, busy), 0),
    agents_per_role: Object.fromEntries(councils.map(({ role, agents }) => [role, agents.length])),
    avg_agent_response_time_ms: calls === 0 ? 0 : runs.reduce((sum, one) => sum + one.calls_ms, 0) / calls,
  }
}

function councilsOf(
  councils: readonly StoredCouncil[],
  busy: ReadonlySet<string>,
  runs: readonly Summary[],
): NonNullable<Metrics['councils']> {
  const byRole = Map.groupBy(runs, ({ role }) => keyOfRole(role))
  const health = councils.map((council) => [council.role, healthOf(council, busy, byRole.get(keyOfRole(council.role)))])
  return {
    total_councils: councils.length,
    active_councils: councils.filter(isActive).length,
    health_per_council: Object.fromEntries(health),
  }
}

function healthOf(council: StoredCouncil, busy: ReadonlySet<string>, runs: readonly Summary[] = []) {
  // Without a run nothing has failed. A degraded run is no success: it is not what was asked for.
  const success_rate = mean(runs.map(({ completed, degraded }) => Number(completed && !degraded))) ?? 1
  const busy_agents = busyIn(council, busy)
  const well = success_rate >= HEALTHY_RATE ? 'healthy' : 'degraded'
  return {
    status: isActive(council) ? well : 'empty',
    available_agents: council.agents.length - busy_agents,
    busy_agents,
    success_rate,
  }
}

const isActive = ({ agents }: StoredCouncil): boolean => agents.length > 0

function busyIn({ agents }: StoredCouncil, busy: ReadonlySet<string>): number {
  return agents.filter(({ agent_id }) => busy.has(agent_id)).length
}

/** The nearest-rank percentile of sorted values; 0 of none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
