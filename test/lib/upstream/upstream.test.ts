import { describe, expect, it } from 'vitest'
import { aClient, answering, aScene, aServer } from './helpers.ts'

describe('the project service', () => {
  it('tells projects, a team out of its object, and who is away', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.demo()

    expect(await upstream.projects()).toHaveLength(10)
    expect(await upstream.project('TEST-001')).toEqual({
      id: 'TEST-001',
      name: 'Test Project for Sprint Setup',
      description: 'TestSprint',
      status: 'inactive',
    })
    expect(await upstream.team('TEST-001')).toEqual([
      { id: 'TEST-001-M1', name: 'Ada' },
      { id: 'TEST-001-M2', name: 'Ben' },
    ])
    expect(await upstream.availability('TEST-001', '2025-08-24', '2025-09-07')).toEqual({
      status: 'conflict',
      conflicts: [{ type: 'holiday', date: '2025-09-01', name: 'Labor Day', details: 'US Holiday: Labor Day' }],
    })
  })

  it('does not know a project, whether the real one fails or a better one says so', async () => {
    const { upstream, standIn, pauses } = await aScene()
    const unknown = { code: 'not_found', details: { project_id: 'NOPE' } }

    await expect(upstream.project('NOPE')).rejects.toMatchObject(unknown)
    expect(await upstream.team('NOPE')).toEqual([])
    const better = aClient(await answering(404, { detail: 'Project not found' }))
    await expect(better.upstream.project('NOPE')).rejects.toMatchObject(unknown)

    expect(pauses).toEqual([])
    expect(standIn.stats().calls['project GET /projects/:id']).toBe(1)
  })

  it('takes any other failure for one', async () => {
    const { upstream } = aClient(await answering(500, { detail: 'Out of memory.' }))

    await expect(upstream.project('P1')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'project', route: 'GET /projects/{id}', reason: 'server_error', status: 500 },
    })
  })

  it('forgives what is missing or more than it needs', async () => {
    const conflicts = [{ type: 'PTO', date: '2026-01-05T00:00:00', extra: 1 }]
    const urls = await aServer(({ url }, response) => {
      const body = url?.includes('availability') ? { status: 'conflict', conflicts } : { id: 7, name: 'Seven', x: {} }
      response.end(JSON.stringify(body))
    })
    const { upstream } = aClient(urls)

    expect(await upstream.project('7')).toEqual({ id: '7', name: 'Seven', description: '', status: '' })
    expect((await upstream.availability('7', '2026-01-01', '2026-01-09')).conflicts).toEqual([
      { type: 'pto', date: '2026-01-05', name: '', details: '' },
    ])
  })

  it('keeps a name that looks like a path inside its segment', async () => {
    const asked: string[] = []
    const urls = await aServer(({ url = '' }, response) => {
      asked.push(url)
      response.writeHead(404).end('{"detail":"Project not found"}')
    })
    const { upstream } = aClient(urls)

    for (const id of ['../sprints', '..', 'a?b#c/d']) await upstream.project(id).catch(() => undefined)

    expect(asked).toEqual(['/projects/..%2Fsprints', '/projects/%252E%252E', '/projects/a%3Fb%23c%2Fd'])
  })
})

describe('the backlog service', () => {
  it('counts tasks, lists them, and takes one back', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.demo()

    expect(await upstream.backlog('TEST-001')).toEqual({
      total_tasks: 18,
      unassigned: 10,
      in_progress: 3,
      completed: 2,
    })
    const [task] = await upstream.tasks('TEST-001', 'in_progress')
    expect(task).toEqual({
      task_id: 'TEST-001-T003',
      status: 'in_progress',
      assigned_to: 'TEST-001-M2',
      sprint_id: 'TEST-001-S12',
    })

    await upstream.unassign('TEST-001-T003')

    expect((await upstream.tasks('TEST-001')).find((one) => one.task_id === 'TEST-001-T003')).toEqual({
      task_id: 'TEST-001-T003',
      status: 'unassigned',
      assigned_to: null,
      sprint_id: null,
    })
    await expect(upstream.unassign('NOPE')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('has nothing where the service finds nothing, but not where it does not know the route', async () => {
    const empty = aClient(await answering(404, { detail: 'No tasks found for project P1' })).upstream
    const wrong = aClient(await answering(404, { detail: 'Not Found' })).upstream

    expect(await empty.backlog('P1')).toEqual({ total_tasks: 0, unassigned: 0, in_progress: 0, completed: 0 })
    expect(await empty.sprints('P1')).toEqual([])
    await expect(wrong.tasks('P1')).rejects.toMatchObject({ code: 'upstream_unavailable', details: { status: 404 } })
    await expect(wrong.sprints('P1')).rejects.toMatchObject({ code: 'upstream_unavailable' })
  })
})

describe('the sprint service', () => {
  it('lists sprints newest first', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.demo()

    const sprints = await upstream.sprints('TEST-001')

    expect(sprints).toHaveLength(12)
    expect(sprints[0]).toMatchObject({ sprint_id: 'TEST-001-S12', status: 'in_progress' })
    expect(await upstream.taskSummary('TEST-001-S12')).toEqual({ total_tasks: 8, completed_tasks: 2, pending_tasks: 6 })
  })

  it('opens one with every unassigned task, refuses a second, and closes it', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.project({ id: 'P1', unassigned: 3 })

    expect(await upstream.createSprint('P1', 'P1-S01', 2)).toEqual({
      sprint_id: 'P1-S01',
      assigned: 3,
      warnings: ['Holiday: Martin Luther King Jr. Day on 2026-01-19'],
    })
    await expect(upstream.createSprint('P1', 'P1-S02', 2)).rejects.toMatchObject({
      code: 'conflict',
      details: { said: 'A sprint is already in progress for project P1.' },
    })
    expect(await upstream.closeSprint('P1-S01')).toEqual({
      status: 'closed_with_pending_tasks',
      completed: 0,
      moved_to_backlog: 3,
    })
    await expect(upstream.closeSprint('P1-S01')).rejects.toMatchObject({ code: 'conflict' })
    await expect(upstream.closeSprint('NOPE')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is asked once for what must not happen twice', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.project({ id: 'P1', unassigned: 3 })
    standIn.fail('sprint', { status: 503 })

    await expect(upstream.createSprint('P1', 'P1-S01', 2)).rejects.toMatchObject({ details: { service: 'sprint' } })

    expect(await upstream.sprints('P1')).toEqual([])
  })
})

describe('Chronicle', () => {
  it('knows the past of a project', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.demo()

    const history = await upstream.history('NOVA-07')

    expect(history).toMatchObject({ daily_scrums: 80, retrospectives: 8, impediments: ['Waiting for review'] })
    expect(history.similar.map(({ project_id }) => project_id)).toEqual(['ATLAS-08', 'BEACON-09', 'CEDAR-10'])
    expect(history.velocity.points.map(({ completed_tasks }) => completed_tasks)).toEqual([7, 7, 8, 8, 8, 8, 9, 9])
    expect(history.velocity.average).toBe(8)
  })

  it('knows nothing of a new one: no similar project is a failure there, no retrospective a 404', async () => {
    const { upstream, standIn, pauses } = await aScene()
    standIn.seed.project({ id: 'P1' })

    expect(await upstream.history('P1')).toEqual({
      similar: [],
      velocity: { points: [], average: 0 },
      daily_scrums: 0,
      retrospectives: 0,
      impediments: [],
    })
    expect(pauses).toEqual([])
  })

  it('is named when it is down', async () => {
    const { upstream, standIn } = await aScene()
    standIn.fail('chronicle', { down: true, times: Infinity })

    await expect(upstream.history('P1')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'chronicle' },
    })
  })
})

describe('a request', () => {
  it('is told to every service by its correlation id', async () => {
    const ids: unknown[] = []
    const urls = await aServer(({ headers }, response) => {
      ids.push(headers['x-correlation-id'])
      response.end('[]')
    })
    const { upstream } = aClient(urls)

    await upstream.onBehalfOf({ correlationId: 'c-1' }).projects()
    await upstream.projects()

    expect(ids).toEqual(['c-1', undefined])
  })

  it('has one deadline for all its calls', async () => {
    const { upstream, standIn, clock, pauses } = await aScene()
    standIn.fail('backlog', { status: 503, times: Infinity })
    const errand = upstream.onBehalfOf({ deadline: clock.now() + 250 })

    await expect(errand.backlog('P1')).rejects.toThrow()

    expect(pauses).toEqual([200])
  })
})
