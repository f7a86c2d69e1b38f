import { describe, expect, it } from 'vitest'
import { scoreOf } from '#lib/projects/quality'
import { aCronJob } from '#test/helpers/projects/cluster'
import { aSimilar, velocityOf } from '#test/helpers/projects/inputs'
import { aSprint, NO_HISTORY, tasksOf } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

const SPRINT = 'SHOP-001-S03'

async function aProject() {
  const world = await aProjectsWorld()
  const { services, cluster, clock } = world
  services.sprints = [
    aSprint({ sprint_id: SPRINT, project_id: PROJECT }),
    aSprint({ sprint_id: 'SHOP-001-S02', project_id: PROJECT, status: 'closed_with_pending_tasks' }),
    aSprint({ sprint_id: 'SHOP-001-S01', project_id: PROJECT, status: 'completed' }),
  ]
  services.tasks = [
    ...tasksOf(PROJECT, 5),
    ...tasksOf(PROJECT, 6, { status: 'in_progress', assigned_to: 'E1', sprint_id: SPRINT }),
    ...tasksOf(PROJECT, 2, { status: 'completed', sprint_id: SPRINT }),
  ]
  services.history = {
    ...NO_HISTORY,
    velocity: velocityOf(9, 8, 7),
    similar: [aSimilar(), aSimilar({ completion_rate: 0.7 })],
    daily_scrums: 12,
    retrospectives: 2,
  }
  cluster.cronJobs = [
    aCronJob(
      { project: PROJECT, sprint: SPRINT, schedule: '0 9 * * 1-5', time_zone: null },
      { created_at: clock.now(), last_schedule_at: Date.UTC(2026, 0, 2, 9) },
    ),
  ]
  return world
}

describe('the status of a project', () => {
  it('has real numbers in every place', async () => {
    const { projects } = await aProject()
    expect(await projects.status(PROJECT)).toEqual({
      project_id: PROJECT,
      last_analysis: null,
      current_sprint: SPRINT,
      sprint_status: 'in_progress',
      backlog_status: { total_tasks: 13, unassigned: 5, in_progress: 6, completed: 2 },
      cronjobs: [
        {
          name: 'run-dailyscrum-shop-001-shop-001-s03',
          sprint_id: SPRINT,
          schedule: '0 9 * * 1-5',
          status: 'drifted',
          last_schedule_time: '2026-01-02T09:00:00.000Z',
          next_run_time: '2026-01-05T09:00:00.000Z',
          drift: [{ pointer: '/spec/schedule', wanted: '0 14 * * 1-5', found: '0 9 * * 1-5' }],
          missed_runs: 0,
        },
      ],
      historical_trends: { velocity_trend: 'decreasing', average_velocity: 8, completion_rate: 0.5, sprints: 3 },
      predictive_insights: {
        success_probability: 0.5,
        overall_risk: 'high',
        risk_factors: [
          'Declining velocity: 1 completed task(s) fewer from sprint to sprint over 3 sprints',
          'Unbalanced workload: 0 to 6 open tasks per member (coefficient of variation 1)',
        ],
      },
      warnings: [],
    })
  })

  it('remembers when the project was last looked at, and does without Chronicle', async () => {
    const { projects, post, services } = await aProject()
    await post()
    services.down.add('chronicle')
    expect(await projects.status(PROJECT)).toMatchObject({
      last_analysis: '2026-01-05T08:00:00.000Z',
      historical_trends: { velocity_trend: 'unknown', average_velocity: null },
      warnings: ['Chronicle is unreachable: decided by rules alone'],
    })
  })

  it('shows no next run of a CronJob that is terminating', async () => {
    const { projects, cluster } = await aProject()
    cluster.cronJobs = cluster.cronJobs.map((one) => ({ ...one, terminating: true }))
    expect((await projects.status(PROJECT)).cronjobs).toMatchObject([{ status: 'terminating', next_run_time: null }])
  })

  it('says that the sprint has no CronJob', async () => {
    const { projects, cluster } = await aProject()
    cluster.cronJobs = []
    const { cronjobs, warnings } = await projects.status(PROJECT)
    expect({ cronjobs, warnings }).toEqual({
      cronjobs: [],
      warnings: [`Sprint ${SPRINT} has no CronJob: its daily scrums do not run`],
    })
  })

  it('knows no velocity where that part of Chronicle could not be read', async () => {
    const { projects, services } = await aProject()
    services.history = { ...NO_HISTORY, unread: ['velocity'] }
    expect((await projects.status(PROJECT)).historical_trends).toMatchObject({
      velocity_trend: 'unknown',
      average_velocity: null,
    })
  })

  it('is not found for an unknown project', async () => {
    const { projects } = await aProject()
    await expect(projects.status('NONE-1')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the quality of a project’s data', () => {
  it('is computed from what is held', async () => {
    const { projects, services } = await aProject()
    services.history = {
      ...services.history,
      velocity: {
        average: 8,
        points: services.history.velocity.points.map((point, at) => ({ ...point, sprint_id: `SHOP-001-S0${at + 1}` })),
      },
    }
    const { data_quality_report, recommendations } = await projects.quality(PROJECT)

    expect(data_quality_report).toEqual({
      data_available: true,
      historical_sprints: 3,
      avg_completion_rate: 0.5,
      common_team_velocity: 8,
      // 0.4 · 3/10 + 0.2 · 2/3 + 0.2 · 2/3 + 0.2 · 4/5
      data_quality_score: 0.55,
      observation_note: '3 sprint(s), 2 retrospective(s), 12 daily scrum(s) and 2 similar project(s) are on record.',
    })
    expect(recommendations).toHaveLength(4)
  })

  it('is nothing without data and complete with enough', async () => {
    const { projects, services } = await aProject()
    services.history = NO_HISTORY
    expect((await projects.quality(PROJECT)).data_quality_report).toMatchObject({
      data_available: false,
      historical_sprints: 0,
      avg_completion_rate: null,
      common_team_velocity: null,
      data_quality_score: 0,
    })
    const plenty = {
      ...NO_HISTORY,
      velocity: velocityOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      similar: [aSimilar(), aSimilar(), aSimilar()],
      daily_scrums: 60,
      retrospectives: 10,
    }
    expect(scoreOf(plenty)).toBe(1)
  })

  it('says nothing of the parts that could not be read, and advises nothing from them', async () => {
    const { projects, services } = await aProject()
    services.history = { ...services.history, daily_scrums: 0, unread: ['patterns'] }
    const withoutScrums = await projects.quality(PROJECT)
    expect(withoutScrums.data_quality_report.observation_note).toBe(
      '3 sprint(s), 2 retrospective(s) and 2 similar project(s) are on record.',
    )
    expect(withoutScrums.recommendations.join()).not.toContain('daily scrum')

    services.history = {
      ...services.history,
      ...NO_HISTORY,
      daily_scrums: 12,
      unread: ['velocity', 'similar projects'],
    }
    expect(await projects.quality(PROJECT)).toMatchObject({
      data_quality_report: {
        historical_sprints: null,
        common_team_velocity: null,
        observation_note: '0 retrospective(s) and 12 daily scrum(s) are on record.',
      },
      recommendations: [],
    })
  })

  it('needs Chronicle', async () => {
    const { projects, services } = await aProject()
    services.down.add('chronicle')
    await expect(projects.quality(PROJECT)).rejects.toMatchObject({ details: { service: 'chronicle' } })
  })
})
