import { describe, expect, it } from 'vitest'
import { recorded } from '#test/helpers/upstream-recordings'
import { aStandIn, send } from './helpers.ts'

describe('the project service', () => {
  it('lists projects and tells one with its team, an object around the list', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', name: 'One', description: 'First', status: 'active', team: 2 })

    const list = await send(`${urls.project}/projects`)
    const one = await send(`${urls.project}/projects/P1`)
    const team = await send(`${urls.project}/projects/P1/team-members`)

    expect(list.body).toEqual([{ id: 'P1', name: 'One', description: 'First', status: 'active' }])
    expect(one.body).toEqual(list.body[0])
    expect(team.body).toMatchObject({ project_id: 'P1', team_members: [{ id: 'P1-M1', name: 'Ada' }, { name: 'Ben' }] })
    expect(Object.keys(team.body.team_members[0]).toSorted()).toEqual(['age', 'gender', 'id', 'name', 'state'])
  })

  it('fails over a project it does not know', async () => {
    const { urls } = await aStandIn()

    expect(await send(`${urls.project}/projects/NOPE`)).toEqual({
      status: 500,
      body: { detail: 'Database operation failed.' },
    })
  })

  it('finds holidays and absences of a range of days, ends included', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', away: [{ member: 1, date: '2026-01-17', until: '2026-01-20' }] })
    const check = (from: string, to: string) =>
      send(`${urls.project}/projects/P1/availability/check?start_date=${from}&end_date=${to}`)

    expect((await check('2026-01-05', '2026-01-16')).body).toEqual({ status: 'ok', conflicts: [] })
    expect((await check('2026-01-19', '2026-01-30')).body).toEqual({
      status: 'conflict',
      conflicts: [
        {
          type: 'holiday',
          date: '2026-01-19',
          name: 'Martin Luther King Jr. Day',
          details: 'US Holiday: Martin Luther King Jr. Day',
        },
        { type: 'pto', date: '2026-01-17', name: 'Ben', details: 'Ben on PTO from 2026-01-17 to 2026-01-20' },
      ],
    })
    expect((await check('2026-02-30', '2026-03-01')).status).toBe(422)
  })
})

describe('a sprint', () => {
  it('takes every unassigned task, from today on for its weeks, and only one at a time', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', team: 2, unassigned: 3, completed: 1 })

    const opened = await send(`${urls.sprint}/sprints/P1`, 'POST', { sprint_name: 'P1-S01', duration_weeks: 2 })
    const second = await send(`${urls.sprint}/sprints/P1`, 'POST', { sprint_name: 'P1-S02', duration_weeks: 2 })

    expect(opened).toMatchObject({ status: 201, body: { sprint_id: 'P1-S01', assigned_tasks_count: 3 } })
    expect(opened.body.warnings).toEqual(['Holiday: Martin Luther King Jr. Day on 2026-01-19'])
    expect(second.status).toBe(409)
    expect((await send(`${urls.sprint}/sprints/by-project/P1`)).body).toEqual([
      {
        sprint_id: 'P1-S01',
        project_id: 'P1',
        sprint_name: 'P1-S01',
        start_date: '2026-01-05',
        end_date: '2026-01-19',
        duration_weeks: 2,
        status: 'in_progress',
      },
    ])
    expect((await send(`${urls.backlog}/backlogs/P1/summary`)).body).toEqual({
      project_id: 'P1',
      total_tasks: 4,
      status_counts: { assigned_to_sprint: 3, completed: 1 },
      unassigned_for_sprint_count: 0,
    })
  })

  it('gives its open tasks back when it closes, and writes its retrospective', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', sprints: [{ starts: '2026-01-01', open: 2, in_progress: 1, done: 4 }] })

    const closed = await send(`${urls.sprint}/sprints/P1-S01/close`, 'POST')
    const again = await send(`${urls.sprint}/sprints/P1-S01/close`, 'POST')

    expect(closed.body).toMatchObject({
      sprint_id: 'P1-S01',
      status_updated_to: 'closed_with_pending_tasks',
      completed_tasks_count: 4,
      uncompleted_tasks_moved_to_backlog_count: 3,
    })
    expect(again.status).toBe(409)
    const [retrospective] = (await send(`${urls.chronicle}/v1/notes/sprint_retrospective?project_id=P1`)).body
    expect(retrospective).toMatchObject({
      note_id: closed.body.retrospective_report_id,
      total_tasks: 7,
      completed_tasks: 4,
    })
    const back = (await send(`${urls.backlog}/backlogs/P1?status=unassigned`)).body
    expect(back).toHaveLength(3)
    expect(back[0]).toMatchObject({ sprint_id: null, assigned_to: null })
  })

  it('is completed when nothing is left, and says how it stands at any time', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', sprints: [{ starts: '2026-01-01', in_progress: 1, done: 1 }] })
    const summary = async () => (await send(`${urls.sprint}/sprints/P1-S01/task-summary`)).body

    expect(await summary()).toMatchObject({ total_tasks: 2, completed_tasks: 1, pending_tasks: 1 })
    await send(`${urls.sprint}/sprints/P1-S01/run-daily-scrum`, 'POST')
    expect(await summary()).toMatchObject({ total_tasks: 2, completed_tasks: 2, pending_tasks: 0 })

    const closed = await send(`${urls.sprint}/sprints/P1-S01/close`, 'POST')
    expect(closed.body.status_updated_to).toBe('completed')
  })

  it('is refused for a project or name that is none', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1' })

    expect((await send(`${urls.sprint}/sprints/NOPE`, 'POST', { sprint_name: 'x', duration_weeks: 1 })).status).toBe(
      404,
    )
    expect((await send(`${urls.sprint}/sprints/P1`, 'POST', { sprint_name: 'x', duration_weeks: 0 })).status).toBe(422)
    expect((await send(`${urls.sprint}/sprints/NOPE/task-summary`)).status).toBe(404)
    expect((await send(`${urls.sprint}/sprints/active`)).status).toBe(404)
  })
})

describe('a task', () => {
  it('changes in the fields that are named', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1', sprints: [{ starts: '2026-01-01', open: 1 }] })

    const moved = await send(`${urls.backlog}/tasks/P1-T001`, 'PUT', { status: 'unassigned' })

    expect(moved).toEqual({ status: 200, body: { message: expect.any(String) } })
    expect((await send(`${urls.backlog}/backlogs/P1`)).body).toMatchObject([
      { task_id: 'P1-T001', status: 'unassigned', sprint_id: null, title: 'Mend the import' },
    ])
    expect((await send(`${urls.backlog}/tasks/P1-T001`, 'PUT', {})).status).toBe(422)
    expect((await send(`${urls.backlog}/tasks/P1-T999`, 'PUT', {})).status).toBe(404)
    expect((await send(`${urls.backlog}/tasks/P1-T001`, 'PUT', { status: 'lost' })).status).toBe(422)
  })
})

describe('Chronicle', () => {
  it('computes velocity and patterns from its notes', async () => {
    const { urls, seed } = await aStandIn()
    const closed = [
      { total: 5, completed: 4, impediments: ['Waiting for review'] },
      { total: 6, completed: 6 },
    ]
    seed.project({ id: 'P1', sprints: closed.map((one, at) => ({ starts: `2025-12-0${at + 1}`, closed: one })) })

    const velocity = (await send(`${urls.chronicle}/v1/analytics/project/P1/velocity`)).body
    const patterns = (await send(`${urls.chronicle}/v1/analytics/project/P1/patterns`)).body
    const impediments = (await send(`${urls.chronicle}/v1/analytics/project/P1/impediments`)).body

    expect(velocity).toMatchObject({
      average_velocity: 5,
      velocity_trend_data: [{ completed_tasks: 4 }, { completed_tasks: 6 }],
    })
    expect(patterns).toMatchObject({
      metrics: { daily_scrum_count: 20, retrospective_count: 2, total_tasks_completed_in_daily_scrums: 10 },
      common_impediments_reported: { 'Waiting for review': 1 },
    })
    expect(impediments).toMatchObject({
      impediment_frequency: { 'Waiting for review': 1 },
      impediment_status_counts: { 'Waiting for review': { open: 1 } },
    })
  })

  it('fails where nothing is similar and has no list where nothing was noted', async () => {
    const { urls, seed } = await aStandIn()
    seed.project({ id: 'P1' })

    const similar = await send(`${urls.chronicle}/v1/analytics/projects/similar?reference_project_id=P1`)
    const notes = await send(`${urls.chronicle}/v1/notes/sprint_retrospective?project_id=P1`)

    expect([similar.status, notes.status]).toEqual([500, 404])
  })

  it('takes a note that comes twice for two', async () => {
    const { urls } = await aStandIn()
    const whole = recorded('chronicle', 'POST /v1/notes/decision_audit').send as object
    const note = { ...whole, audit_id: 'a1', project_id: 'P1' }

    const first = await send(`${urls.chronicle}/v1/notes/decision_audit`, 'POST', note)
    const second = await send(`${urls.chronicle}/v1/notes/decision_audit`, 'POST', note)

    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.body.note_id).not.toBe(second.body.note_id)
    expect((await send(`${urls.chronicle}/v1/notes/decision_audit?project_id=P1`)).body).toHaveLength(2)
    expect((await send(`${urls.chronicle}/v1/notes/decision_audit`, 'POST', { project_id: 'P1' })).status).toBe(422)
  })
})
