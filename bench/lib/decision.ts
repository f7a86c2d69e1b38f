/** How long the pure decision takes, from the smallest inputs to the largest that are kept. Budget: 0.2 ms. */
import { decide } from '#lib/projects/engine'
import type { Orchestration, Strategy } from '#lib/projects/model'
import { DEFAULT_SETTINGS } from '#lib/projects/model'
import { restraintAt } from '#lib/projects/timing'
import { bound, quantile, type Section } from './report.ts'

const BUDGET_MS = 0.2
const ROUNDS = 20_000
const NOW = Date.UTC(2026, 0, 5, 8)

const small: Orchestration = {
  kind: 'orchestration',
  project_id: 'SHOP-001',
  at: NOW,
  restraint: restraintAt(DEFAULT_SETTINGS, NOW),
  healing: { name: '', recent: 0, tripped: false },
  timing: { schedule: '0 14 * * 1-5', time_zone: null, source: 'default' },
  duplicates: [],
  options: {
    create_sprint_if_needed: true,
    assign_tasks: true,
    create_cronjob: true,
    sprint_duration_weeks: 2,
    max_tasks_per_sprint: 10,
  },
  details: { id: 'SHOP-001', name: 'Shop', description: '', status: 'active' },
  team_size: 5,
  availability: { status: 'ok', conflicts: [] },
  backlog: { total_tasks: 40, unassigned: 20, in_progress: 0, completed: 20 },
  sprint_count: 11,
  active_sprints: 0,
  sprint: null,
  tasks: null,
  cronjob: null,
  history: null,
  workload: [3, 4, 1, 2, 0],
  candidates: Array.from({ length: 10 }, (_, at) => `T${at}`),
  strategies: [],
}

const strategy = (at: number): Strategy => ({
  strategy_id: `s${at}`,
  name: `Strategy ${at}`,
  description: '',
  confidence: 0.5 + at / 200,
  applicability: { team_size: [4, 6], unassigned_tasks: [11, 25] },
  recommendation: { tasks_per_sprint: 7, sprint_duration_weeks: 2 },
  performance: { times_applied: 3, success_rate: 0.9 },
  evidence: 6,
  created_at: NOW,
  last_updated: NOW,
  retired_at: null,
  version: 1,
})

const large: Orchestration = {
  ...small,
  availability: {
    status: 'conflict',
    conflicts: Array.from(
      { length: 200 },
      () => ({ type: 'pto', date: '2026-01-06', name: 'Ada', details: 'PTO' }) as const,
    ),
  },
  history: {
    similar: Array.from({ length: 50 }, (_, at) => ({
      project_id: `P${at}`,
      similarity_score: 0.6 + at / 200,
      completion_rate: 0.9,
      avg_sprint_duration: 14,
      optimal_task_count: 7,
    })),
    velocity: {
      points: Array.from({ length: 60 }, (_, at) => ({
        sprint_id: `S${at}`,
        start_date: `2024-01-${String((at % 28) + 1).padStart(2, '0')}`,
        end_date: '2024-02-01',
        completed_tasks: 8 + (at % 3),
      })),
      average: 9,
    },
    daily_scrums: 100,
    retrospectives: 60,
    impediments: [],
  },
  strategies: Array.from({ length: 50 }, (_, at) => strategy(at)),
}

function measure(name: string, inputs: Orchestration) {
  for (let round = 0; round < ROUNDS / 4; round++) decide(inputs)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now()
    decide(inputs)
    times.push(performance.now() - from)
  }
  const at = (share: number) => quantile(times, share)
  return { inputs: name, 'p50 µs': at(0.5) * 1000, 'p95 µs': at(0.95) * 1000, 'p99 µs': at(0.99) * 1000 }
}

export function measureDecision(): Section {
  const rows = [measure('small', small), measure('largest', large)]
  const worst = Math.max(...rows.map((row) => row['p95 µs']))
  return {
    title: 'The pure decision for one project',
    rows,
    missed: bound(worst <= BUDGET_MS * 1000, `a decision takes at most ${BUDGET_MS} ms`),
  }
}
