/** The two verified responses of the original, and the project they are about. */
import { tasksOf } from './upstream.ts'
import { aPost, aProjectsWorld } from './world.ts'

export const ANALYSIS = {
  project_id: 'TEST-001',
  project_details: {
    id: 'TEST-001',
    name: 'Test Project for Sprint Setup',
    description: 'TestSprint',
    status: 'inactive',
  },
  team_size: 2,
  team_availability: {
    status: 'conflict',
    conflicts: [{ type: 'holiday', date: '2025-09-01', name: 'Labor Day', details: 'US Holiday: Labor Day' }],
  },
  backlog_tasks: 18,
  unassigned_tasks: 10,
  active_sprints_count: 1,
  current_active_sprint: {
    sprint_id: 'TEST-001-S12',
    project_id: 'TEST-001',
    sprint_name: 'TEST-001-S12',
    start_date: '2025-08-24',
    end_date: '2025-09-07',
    duration_weeks: 2,
    status: 'in_progress',
  },
  project_sprints_count: 12,
  has_active_sprint_for_project: true,
  sprint_count: 12,
}

const WARNINGS = ['Sprint timeline includes upcoming holiday: Labor Day on 2025-09-01']

export const MISSING = {
  project_id: 'TEST-001',
  analysis: ANALYSIS,
  decisions: {
    create_new_sprint: false,
    tasks_to_assign: 0,
    cronjob_created: true,
    sprint_name: 'TEST-001-S12',
    reasoning:
      'Note: Sprint timeline includes 1 holiday(s) or PTO day(s).; Active sprint TEST-001-S12 found, but its corresponding CronJob was missing. Recreating the CronJob to ensure process continuity.',
    warnings: WARNINGS,
  },
  actions_taken: ['Created cronjob run-dailyscrum-test-001-test-001-s12'],
  cronjob_name: 'run-dailyscrum-test-001-test-001-s12',
  sprint_id: null,
}

export const EXISTING = {
  project_id: 'TEST-001',
  analysis: ANALYSIS,
  decisions: {
    create_new_sprint: false,
    tasks_to_assign: 0,
    cronjob_created: false,
    sprint_name: null,
    reasoning:
      'Note: Sprint timeline includes 1 holiday(s) or PTO day(s).; Active sprint TEST-001-S12 found with an existing CronJob. No action needed.',
    warnings: WARNINGS,
  },
  actions_taken: [],
  cronjob_name: null,
  sprint_id: null,
}

/** The project as it was on that day. */
export async function aSeedWorld() {
  const world = await aProjectsWorld(Date.UTC(2025, 7, 27, 12))
  const { services } = world
  services.projects = [ANALYSIS.project_details]
  services.team.set('TEST-001', [
    { id: 'E1', name: 'Ada' },
    { id: 'E2', name: 'Ben' },
  ])
  services.conflicts = [{ type: 'holiday', date: '2025-09-01', name: 'Labor Day', details: 'US Holiday: Labor Day' }]
  services.sprints = Array.from({ length: 12 }, (_, at) => ({
    ...ANALYSIS.current_active_sprint,
    sprint_id: `TEST-001-S${String(12 - at).padStart(2, '0')}`,
    sprint_name: `TEST-001-S${String(12 - at).padStart(2, '0')}`,
    status: at === 0 ? 'in_progress' : 'completed',
  }))
  services.tasks = [
    ...tasksOf('TEST-001', 10),
    ...tasksOf('TEST-001', 8, { status: 'in_progress', sprint_id: 'TEST-001-S12', assigned_to: 'E1' }),
  ]
  return {
    ...world,
    postTo: (projects: typeof world.projects) => projects.orchestrate(aPost({ project: 'TEST-001' })),
  }
}
