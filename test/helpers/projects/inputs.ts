/** Inputs of decisions, with everything a test does not care about filled in. */
import type { Care, CronJobView, Orchestration, Strategy } from '#lib/projects/model'
import type { SimilarProject } from '#lib/projects/ports'
import { START } from '../clock.ts'
import { aSprint, NO_HISTORY } from './upstream.ts'
import { OPTIONS, PROJECT } from './world.ts'

export const ACTIVE = aSprint({ sprint_id: 'SHOP-001-S03', project_id: PROJECT })
const CRONJOB_NAME = 'run-dailyscrum-shop-001-shop-001-s03'

const OCCASION = {
  project_id: PROJECT,
  at: START,
  restraint: { mode: 'enforce', paused: null, heals_per_hour: 3, ignore_drift: [] },
  healing: { name: CRONJOB_NAME, recent: 0, tripped: false },
  timing: { schedule: '0 14 * * 1-5', time_zone: null, source: 'default' },
  duplicates: [],
} as const

export function anOrchestration(over: Partial<Orchestration> = {}): Orchestration {
  return {
    kind: 'orchestration',
    ...OCCASION,
    options: OPTIONS,
    details: { id: PROJECT, name: 'Shop', description: 'A shop', status: 'active' },
    team_size: 4,
    availability: { status: 'ok', conflicts: [] },
    backlog: { total_tasks: 20, unassigned: 20, in_progress: 0, completed: 0 },
    sprint_count: 2,
    active_sprints: 0,
    sprint: null,
    tasks: null,
    cronjob: null,
    history: NO_HISTORY,
    workload: [],
    candidates: Array.from({ length: 10 }, (_, at) => `T${at}`),
    strategies: [],
    ...over,
  }
}

/** The same with a sprint in progress: three of its eight tasks are done. */
export function anActive(over: Partial<Orchestration> = {}): Orchestration {
  const tasks = { total_tasks: 8, completed_tasks: 3, pending_tasks: 5 }
  return anOrchestration({ sprint: ACTIVE, active_sprints: 1, sprint_count: 3, tasks, ...over })
}

export function aCare(over: Partial<Care> = {}): Care {
  return { kind: 'care', ...OCCASION, sprint: ACTIVE, cronjob: aView(), orphans: [], ...over }
}

export function aView(over: Partial<CronJobView> = {}): CronJobView {
  return {
    name: CRONJOB_NAME,
    sprint: ACTIVE.sprint_id,
    schedule: '0 14 * * 1-5',
    suspended: false,
    active: 0,
    created_at: START,
    last_schedule_at: null,
    drift: [],
    missed_runs: 0,
    owner: 'us',
    owner_name: null,
    terminating: false,
    fought: false,
    ...over,
  }
}

export function aSimilar(over: Partial<SimilarProject> = {}): SimilarProject {
  return {
    project_id: 'OTHER',
    similarity_score: 0.8,
    completion_rate: 0.9,
    avg_sprint_duration: 14,
    optimal_task_count: 7,
    ...over,
  }
}

/** A velocity of these completed tasks, sprint after sprint. */
export function velocityOf(...completed: number[]) {
  const points = completed.map((completed_tasks, at) => ({
    sprint_id: `S${String(at).padStart(2, '0')}`,
    start_date: `2025-${String(at + 1).padStart(2, '0')}-01`,
    end_date: `2025-${String(at + 1).padStart(2, '0')}-14`,
    completed_tasks,
  }))
  return { points, average: completed.reduce((sum, n) => sum + n, 0) / Math.max(completed.length, 1) }
}

export function aStrategy(over: Partial<Strategy> = {}): Strategy {
  return {
    strategy_id: 'team-4-backlog-11',
    name: 'Sprints of teams of 4–6',
    description: 'Learned from closed sprints.',
    confidence: 0.9,
    applicability: { team_size: [4, 6], unassigned_tasks: [11, 25] },
    recommendation: { tasks_per_sprint: 7, sprint_duration_weeks: 2 },
    performance: { times_applied: 0, success_rate: 1 },
    evidence: 3,
    created_at: START,
    last_updated: START,
    retired_at: null,
    version: 1,
    ...over,
  }
}
