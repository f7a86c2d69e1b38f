import { describe, expect, it } from 'vitest'
import { aStandIn, send } from './helpers.ts'

describe('the demo organisation', () => {
  it('has TEST-001 as it was when self-healing was proved', async () => {
    const { urls, seed } = await aStandIn()
    seed.demo()

    const [sprints, project, team, backlog, away] = await Promise.all([
      send(`${urls.sprint}/sprints/by-project/TEST-001`),
      send(`${urls.project}/projects/TEST-001`),
      send(`${urls.project}/projects/TEST-001/team-members`),
      send(`${urls.backlog}/backlogs/TEST-001/summary`),
      send(`${urls.project}/projects/TEST-001/availability/check?start_date=2025-08-24&end_date=2025-09-07`),
    ])

    expect(project.body).toEqual({
      id: 'TEST-001',
      name: 'Test Project for Sprint Setup',
      description: 'TestSprint',
      status: 'inactive',
    })
    expect(team.body.team_members).toHaveLength(2)
    expect(backlog.body).toMatchObject({ total_tasks: 18, unassigned_for_sprint_count: 10 })
    expect(sprints.body).toHaveLength(12)
    expect(sprints.body.filter((sprint: { status: string }) => sprint.status === 'in_progress')).toEqual([
      {
        sprint_id: 'TEST-001-S12',
        project_id: 'TEST-001',
        sprint_name: 'TEST-001-S12',
        start_date: '2025-08-24',
        end_date: '2025-09-07',
        duration_weeks: 2,
        status: 'in_progress',
      },
    ])
    expect(away.body).toEqual({
      status: 'conflict',
      conflicts: [{ type: 'holiday', date: '2025-09-01', name: 'Labor Day', details: 'US Holiday: Labor Day' }],
    })
  })

  it('has a project for each thing that can happen', async () => {
    const { urls, seed, store } = await aStandIn()
    const projects = seed.demo()
    const active = (id: string) => store.sprints(id).find((sprint) => sprint.status === 'in_progress')
    const unassigned = (id: string) => store.tasks(id).filter((task) => task.status === 'unassigned').length

    expect(projects).toHaveLength(10)
    expect(active('ORBIT-02')).toMatchObject({ start_date: '2026-01-02' })
    const done = await send(`${urls.sprint}/sprints/${active('HARBOR-03')?.sprint_id}/task-summary`)
    expect(done.body).toMatchObject({ total_tasks: 6, pending_tasks: 0 })
    expect(store.project('ARCHIVE-04')).toMatchObject({ status: 'completed' })
    expect(store.conflicts('LUMEN-05', '2026-01-05', '2026-01-18')).toHaveLength(2)
    expect([active('LUMEN-05'), unassigned('LUMEN-05')]).toEqual([undefined, 9])
    expect([active('QUIET-06'), unassigned('QUIET-06')]).toEqual([undefined, 0])
    expect([active('NOVA-07'), unassigned('NOVA-07')]).toEqual([undefined, 14])
  })

  it('gives one project enough of a past to learn from', async () => {
    const { urls, seed } = await aStandIn()
    seed.demo()

    const similar = await send(
      `${urls.chronicle}/v1/analytics/projects/similar?reference_project_id=NOVA-07&similarity_threshold=0.7`,
    )

    const counts = similar.body.map((one: { optimal_task_count: number }) => one.optimal_task_count)
    expect(counts).toEqual([8, 8, 8])
    expect(similar.body[0]).toMatchObject({ completion_rate: expect.closeTo(0.92, 1), avg_sprint_duration: 14 })
  })

  it('is seeded once', async () => {
    const { seed, store } = await aStandIn()
    seed.demo()
    const before = store.tasks('TEST-001').length

    seed.demo()

    expect([store.projects().length, store.tasks('TEST-001').length]).toEqual([10, before])
    expect(() => seed.project({ id: 'TEST-001' })).toThrow('already')
  })
})
