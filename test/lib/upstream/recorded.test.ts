import { describe, expect, it } from 'vitest'
import type { Upstream } from '#lib/projects/ports'
import { recorded, recordedAnswers } from '#test/helpers/upstream-recordings'
import { aClient, answering, aServer } from './helpers.ts'

const body = (service: Parameters<typeof recorded>[0], call: string) => recorded(service, call).body

/** A client of a server that gives these answers by the beginning of the path. */
async function aClientOf(answers: Readonly<Record<string, { status?: number; body: unknown }>>) {
  const urls = await aServer(({ url = '' }, response) => {
    const found = Object.entries(answers).find(([path]) => url.startsWith(path))?.[1]
    response.writeHead(found?.status ?? 200).end(JSON.stringify(found?.body ?? { detail: 'Not Found' }))
  })
  return aClient(urls).upstream
}

const VELOCITY = '/v1/analytics/project/TEST-001/velocity'
const PATTERNS = '/v1/analytics/project/TEST-001/patterns'
const SIMILAR = '/v1/analytics/projects/similar'
const RETROSPECTIVES = '/v1/notes/sprint_retrospective'
const [ATLAS] = body('chronicle', 'GET /v1/analytics/projects/similar') as [unknown]
const CHRONICLE = {
  [VELOCITY]: { body: body('chronicle', 'GET /v1/analytics/project/{id}/velocity') },
  [PATTERNS]: { body: body('chronicle', 'GET /v1/analytics/project/{id}/patterns') },
  [SIMILAR]: { body: body('chronicle', 'GET /v1/analytics/projects/similar') },
  [RETROSPECTIVES]: { body: [{ sprint_id: 'TEST-001-S11' }, { sprint_id: 'TEST-001-S10' }] },
}

describe('what the real services answer is read', () => {
  it('of projects, their teams and who is away', async () => {
    const upstream = await aClientOf({
      '/projects/TEST-001/team': { body: body('project', 'GET /projects/{id}/team') },
      '/projects/TEST-001/avail': { body: body('project', 'GET /projects/{id}/avail') },
      '/projects/TEST-001': { body: body('project', 'GET /projects/{id}') },
      '/projects/NOPE': { status: 500, body: body('project', 'GET /projects/{unknown}') },
      '/projects': { body: recordedAnswers('project').find(({ call }) => call === 'GET /projects')?.body },
    })
    const project = { id: 'TEST-001', name: 'Test Project', description: 'TestSprint', status: 'inactive' }

    expect(await upstream.projects()).toEqual([project])
    expect(await upstream.project('TEST-001')).toEqual(project)
    await expect(upstream.project('NOPE')).rejects.toMatchObject({ code: 'not_found' })
    expect(await upstream.team('TEST-001')).toEqual([{ id: 'E001', name: 'Ada' }])
    expect((await upstream.availability('TEST-001', '2025-08-25', '2025-09-08')).conflicts).toEqual([
      { type: 'holiday', date: '2025-09-01', name: 'Labor Day', details: 'US Holiday: Labor Day' },
      { type: 'pto', date: '2025-08-20', name: 'Ada', details: 'Ada on PTO from 2025-08-20 to 2025-08-26' },
    ])
  })

  it('of backlogs, tasks and sprints', async () => {
    const upstream = await aClientOf({
      '/backlogs/TEST-001/summary': { body: body('backlog', 'GET /backlogs/{id}/summary') },
      '/backlogs/NOPE/summary': { body: body('backlog', 'GET /backlogs/{unknown}/summary') },
      '/backlogs/TEST-001': {
        body: recordedAnswers('backlog').find(({ call }) => call === 'GET /backlogs/{id}')?.body,
      },
      '/tasks/T1': { body: body('backlog', 'PUT /tasks/{task}') },
      '/sprints/by-project': { body: body('sprint', 'GET /sprints/by-project/{id}') },
      '/sprints/TEST-001-S12/task-summary': { body: body('sprint', 'GET /sprints/{sprint}/task-summary') },
      '/sprints/TEST-001-S12/close': { body: body('sprint', 'POST /sprints/{sprint}/close') },
      '/sprints/TEST-001': { status: 201, body: recordedAnswers('sprint').find(({ status }) => status === 201)?.body },
    })

    expect(await upstream.backlog('TEST-001')).toEqual({ total_tasks: 12, unassigned: 9, in_progress: 1, completed: 1 })
    expect(await upstream.backlog('NOPE')).toEqual({ total_tasks: 0, unassigned: 0, in_progress: 0, completed: 0 })
    expect(await upstream.tasks('TEST-001')).toEqual([
      { task_id: 'TEST-001-TASK001', status: 'in_progress', assigned_to: 'E001', sprint_id: 'TEST-001-S12' },
    ])
    await upstream.unassign('T1')
    expect(await upstream.sprints('TEST-001')).toEqual(body('sprint', 'GET /sprints/by-project/{id}'))
    expect(await upstream.taskSummary('TEST-001-S12')).toEqual({
      total_tasks: 8,
      completed_tasks: 3,
      pending_tasks: 5,
    })
    expect(await upstream.createSprint('TEST-001', 'TEST-001-S13', 2)).toEqual({
      sprint_id: 'TEST-001-S13',
      assigned: 9,
      warnings: [],
    })
    expect(await upstream.closeSprint('TEST-001-S12')).toEqual({
      status: 'closed_with_pending_tasks',
      completed: 3,
      moved_to_backlog: 5,
    })
  })

  it('of the past: impediments are an object from text to count', async () => {
    const upstream = await aClientOf(CHRONICLE)

    expect(await upstream.history('TEST-001')).toEqual({
      similar: [
        {
          project_id: 'ATLAS-08',
          similarity_score: 0.82,
          completion_rate: 0.91,
          avg_sprint_duration: 14,
          optimal_task_count: 7,
        },
      ],
      velocity: {
        points: [
          { sprint_id: 'TEST-001-S10', start_date: '2025-07-28', end_date: '2025-08-11', completed_tasks: 6 },
          { sprint_id: 'TEST-001-S11', start_date: '2025-08-11', end_date: '2025-08-25', completed_tasks: 7 },
        ],
        average: 6.5,
      },
      daily_scrums: 12,
      retrospectives: 2,
      impediments: ['Waiting for review', 'Flaky tests'],
    })
  })
})

/** Every way to damage one member of an answer, however deep. */
function* damaged(value: unknown): Generator<{ readonly at: string; readonly body: unknown }> {
  const others = [null, 7, 'odd', true, ['odd'], { odd: 1 }]
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    const put = (changed: unknown) =>
      Array.isArray(value)
        ? value.map((one, at) => (String(at) === name ? changed : one))
        : { ...value, [name]: changed }
    for (const other of others) yield { at: `${name} = ${JSON.stringify(other)}`, body: put(other) }
    yield { at: `${name} is missing`, body: put(undefined) }
    for (const deeper of damaged(inner)) yield { at: `${name}.${deeper.at}`, body: put(deeper.body) }
  }
}

const READS: readonly [Parameters<typeof recorded>[0], string, (upstream: Upstream) => Promise<unknown>][] = [
  ['project', 'GET /projects/{id}/team-members', (upstream) => upstream.team('P')],
  ['project', 'GET /projects/{id}/availability', (upstream) => upstream.availability('P', 'a', 'b')],
  ['backlog', 'GET /backlogs/{id}/summary', (upstream) => upstream.backlog('P')],
  ['backlog', 'PUT /tasks/{task}', (upstream) => upstream.unassign('T')],
  ['sprint', 'GET /sprints/by-project/{id}', (upstream) => upstream.sprints('P')],
  ['sprint', 'GET /sprints/{sprint}/task-summary', (upstream) => upstream.taskSummary('S')],
  ['sprint', 'POST /sprints/{sprint}/close', (upstream) => upstream.closeSprint('S')],
]

describe('a field of an unexpected shape', () => {
  it.each(READS)('costs that field, not the answer of %s: %s', async (service, call, read) => {
    let answer: unknown
    const urls = await aServer((_request, response) => response.end(JSON.stringify(answer)))
    const { upstream } = aClient(urls)
    const whole = body(service, call)
    // Of a list, one entry stays whole.
    for (const { at, body: damage } of damaged(whole)) {
      const odd = Array.isArray(whole) && Array.isArray(damage) ? [...damage, ...whole] : damage
      answer = odd
      await expect(read(upstream), at).resolves.not.toThrow()
    }
  })

  it('costs an entry only when it has no id', async () => {
    const [sprint] = body('sprint', 'GET /sprints/by-project/{id}') as [Record<string, unknown>]
    const odd = [
      { ...sprint, sprint_id: null },
      { ...sprint, start_date: 7, status: null, duration_weeks: 'two' },
    ]
    const { upstream } = aClient(await answering(200, odd))

    expect(await upstream.sprints('TEST-001')).toEqual([{ ...sprint, start_date: '', status: '', duration_weeks: 0 }])
  })

  it('never lets a sprint seem finished: without open tasks that are known there is no summary', async () => {
    const of = async (summary: unknown) => aClient(await answering(200, summary)).upstream.taskSummary('S')

    expect(await of({ total_tasks: 8, completed_tasks: 3, pending_tasks: 'five' })).toMatchObject({ pending_tasks: 5 })
    expect(await of({ total_tasks: 8, completed_tasks: null, pending_tasks: null })).toBeNull()
    expect(await of({ total_tasks: null, completed_tasks: 3, pending_tasks: null })).toBeNull()
  })
})

describe('a part of the past that cannot be read', () => {
  const whole = { similar: 1, points: 2, scrums: 12, retrospectives: 2, impediments: 2 }
  it.each([
    ['similar projects', SIMILAR, { body: 'odd' }, { ...whole, similar: 0 }],
    ['velocity', VELOCITY, { body: ['odd'] }, { ...whole, points: 0 }],
    ['velocity', VELOCITY, { status: 500, body: { detail: 'Internal Server Error' } }, { ...whole, points: 0 }],
    ['velocity', VELOCITY, { status: 503, body: {} }, { ...whole, points: 0 }],
    ['patterns', PATTERNS, { body: 'odd' }, { ...whole, scrums: 0, impediments: 0 }],
    ['retrospectives', RETROSPECTIVES, { body: { odd: 1 } }, { ...whole, retrospectives: 0 }],
    [
      'impediments',
      PATTERNS,
      { body: { metrics: { daily_scrum_count: 12 }, common_impediments_reported: 'odd' } },
      { ...whole, impediments: 0 },
    ],
    [
      'number of daily scrums',
      PATTERNS,
      { body: { metrics: 'odd', common_impediments_reported: { a: 1, b: 1 } } },
      { ...whole, scrums: 0 },
    ],
    [
      'number of daily scrums',
      PATTERNS,
      { body: { metrics: { daily_scrum_count: -4 }, common_impediments_reported: { a: 1, b: 1 } } },
      { ...whole, scrums: 0 },
    ],
  ])('costs itself alone and is named: %s', async (name, path, answer, left) => {
    const upstream = await aClientOf({ ...CHRONICLE, [path]: answer })

    const { similar, velocity, daily_scrums, retrospectives, impediments, unread } = await upstream.history('TEST-001')

    expect({
      similar: similar.length,
      points: velocity.points.length,
      scrums: daily_scrums,
      retrospectives,
      impediments: impediments.length,
    }).toEqual(left)
    expect(unread).toEqual([name])
  })

  it('is no Chronicle that is away: that is all of them', async () => {
    const { upstream } = aClient(await answering(503, { detail: 'down' }))

    await expect(upstream.history('TEST-001')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'chronicle' },
    })
  })

  it('costs its own entries only: points and projects without figures are left out', async () => {
    const points = [
      { sprint_id: 'S1', start_date: '2025-01-01', end_date: '2025-01-14', completed_tasks: 4 },
      { sprint_id: 'S2', completed_tasks: 'many' },
    ]
    const upstream = await aClientOf({
      ...CHRONICLE,
      [VELOCITY]: { body: { velocity_trend_data: points, average_velocity: 'four' } },
      [SIMILAR]: { body: [{ project_id: 'A', similarity_score: 0.9 }, 7, ATLAS] },
    })

    const { velocity, similar, unread } = await upstream.history('TEST-001')

    expect(velocity).toEqual({ points: [points[0]], average: 4 })
    expect(similar.map(({ project_id }) => project_id)).toEqual(['ATLAS-08'])
    expect(unread).toBeUndefined()
  })
})
