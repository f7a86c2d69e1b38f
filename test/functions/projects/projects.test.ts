/** Every function of projects, driven as API Gateway and the schedules drive it, through the real adapters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '#test/helpers/http'
import { type ProjectRoute, startProjectFunctions } from '#test/helpers/projects/functions'

let world: Awaited<ReturnType<typeof startProjectFunctions>>
beforeAll(async () => {
  world = await startProjectFunctions()
}, 60_000)
afterAll(() => world.stop())

let count = 0
function aProject(unassigned = 12): string {
  const id = `SHOP-${String(++count).padStart(3, '0')}`
  world.services.seed.project({ id, team: 3, unassigned })
  return id
}

const of = (project_id: string, more: Record<string, string> = {}) => ({ params: { project_id, ...more } })
const post = (id: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  world.asOperator('POST /orchestrate/project/{project_id}', { ...of(id), body, headers })

const WRITES = new Set<ProjectRoute>([
  'POST /orchestrate/project/{project_id}',
  'DELETE /orchestrate/project/{project_id}/cronjob/{name}',
  'PUT /orchestrate/project/{project_id}/policy',
  'POST /orchestrate/project/{project_id}/pause',
  'POST /orchestrate/sweep',
])

describe('who may call what', () => {
  it('nobody without a token, no reader what changes something, no worker anything', async () => {
    const params = { project_id: 'NONE', name: 'none', decision_id: 'none' }
    for (const route of world.routes) {
      expect(await world.call(route, { told: null, params }), route).toMatchObject({ status: 401 })
      expect(await world.call(route, { told: tokenOf('w', 'worker'), params }), route).toMatchObject({ status: 403 })
      const { status } = await world.call(route, { told: tokenOf('r', 'reader'), params, query: {} })
      expect(status === 403, route).toBe(WRITES.has(route))
    }
  })
})

describe('POST /orchestrate/project/{project_id}', () => {
  it('opens a sprint of ten, then monitors it, then heals its CronJob after a deletion', async () => {
    const id = aProject()
    const first = await post(id)
    expect(first).toMatchObject({
      status: 200,
      body: {
        project_id: id,
        sprint_id: `${id}-S01`,
        decisions: { create_new_sprint: true, tasks_to_assign: 10, cronjob_created: true },
        decision_id: `${id}-D1`,
      },
    })
    const name = first.body.cronjob_name
    expect((await post(id)).body.decisions.reasoning).toContain(
      `Active sprint ${id}-S01 found with an existing CronJob. No action needed.`,
    )
    const removed = await world.asOperator('DELETE /orchestrate/project/{project_id}/cronjob/{name}', of(id, { name }))
    expect(removed).toMatchObject({
      status: 200,
      body: { message: `CronJob ${name} deleted successfully`, cronjob_name: name, status: 'deleted' },
    })
    const healed = await post(id)
    expect(healed.body.decisions).toMatchObject({ cronjob_created: true, decision_type: 'SELF_HEAL' })
    expect(healed.body.sprint_id).toBeNull()
  })

  it('gives the first answer again to a repeat with the same key', async () => {
    const id = aProject()
    const key = { 'idempotency-key': 'k1' }
    const first = await post(id, {}, key)
    const again = await post(id, {}, key)
    expect(again.body).toEqual(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
  })

  it('answers 422 to what it does not understand, 404 to a project nobody knows', async () => {
    const id = aProject()
    expect(await post(id, { action: 'destroy' })).toMatchObject({ status: 422, body: { code: 'invalid' } })
    expect(await post(id, { options: { schedule: 'often' } })).toMatchObject({ status: 422 })
    expect(await post(id, { options: { max_tasks_per_sprint: 0 } })).toMatchObject({ status: 422 })
    expect(await post(id, undefined)).toMatchObject({ status: 200 })
    const none = await world.asOperator('POST /orchestrate/project/{project_id}', of(id))
    expect(none).toMatchObject({ status: 422 })
    expect(await post('NONE-1')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})

describe('what is told of a project', () => {
  it('status, decisions and their replay, policy and pause, strategies and data quality', async () => {
    const id = aProject()
    const { body } = await post(id)

    const status = await world.asReader('GET /orchestrate/project/{project_id}/status', of(id))
    expect(status.body).toMatchObject({
      project_id: id,
      current_sprint: `${id}-S01`,
      backlog_status: { total_tasks: 12, unassigned: 2 },
      cronjobs: [{ name: body.cronjob_name, status: 'active', drift: [], missed_runs: 0 }],
    })
    const decisions = await world.asReader('GET /orchestrate/project/{project_id}/decisions', {
      ...of(id),
      query: { limit: '5' },
    })
    expect(decisions.body.decisions).toMatchObject([{ decision_id: `${id}-D1`, decision_type: 'CREATE_SPRINT' }])
    const replay = await world.asReader('POST /orchestrate/decisions/{decision_id}/replay', {
      params: { decision_id: `${id}-D1` },
    })
    expect(replay.body).toMatchObject({ identical: true, diff: [] })

    const policy = { mode: 'warn', schedule: '0 8 * * *', time_zone: 'Europe/Berlin' }
    expect(
      await world.asOperator('PUT /orchestrate/project/{project_id}/policy', { ...of(id), body: policy }),
    ).toMatchObject({ status: 200, body: policy })
    expect(await world.asReader('GET /orchestrate/project/{project_id}/policy', of(id))).toMatchObject({ body: policy })
    const pause = { until: '2999-01-01T00:00:00Z', reason: 'Freeze' }
    expect(
      await world.asOperator('POST /orchestrate/project/{project_id}/pause', { ...of(id), body: pause }),
    ).toMatchObject({ status: 200, body: { paused: { reason: 'Freeze' } } })

    expect(
      await world.asReader('GET /orchestrate/intelligence/strategies', { query: { team_size: '3' } }),
    ).toMatchObject({
      status: 200,
      body: { strategies: [], total_strategies: 0, avg_confidence: 0 },
    })
    expect(await world.asReader('GET /orchestrate/intelligence/data-quality/{project_id}', of(id))).toMatchObject({
      status: 200,
      body: { project_id: id, data_quality_report: { historical_sprints: expect.any(Number) } },
    })
  })

  it('learned advice is taken from what Chronicle really answers', async () => {
    world.services.seed.demo()

    const { status, body } = await post('NOVA-07', { dry_run: true })

    expect(status).toBe(200)
    expect(body.warnings).toEqual([])
    expect(body.analysis.historical_context).toMatchObject({ available: true, impediments: ['Waiting for review'] })
    expect(body.decisions).toMatchObject({
      decision_source: 'intelligence_enhanced',
      intelligence_adjustments: {
        task_count_modification: { evidence_source: '3 similar projects', evidence_kind: 'similar_projects' },
      },
    })
    expect(body.decisions.confidence_scores.overall).toBeGreaterThan(0.5)
  })

  it('a policy that the cluster would refuse is refused with the field and the reason', async () => {
    const body = { mode: 'enforce', schedule: '0 14 * * SAT-SUN', time_zone: 'europe/berlin' }

    const answer = await world.asOperator('PUT /orchestrate/project/{project_id}/policy', { ...of(aProject()), body })

    expect(answer).toMatchObject({
      status: 422,
      body: {
        errors: [
          { path: 'schedule', message: expect.stringContaining('day of week: beginning of range (6) beyond end') },
          { path: 'time_zone', message: expect.stringContaining('unknown time zone europe/berlin') },
        ],
      },
    })
  })

  it('the quality of data is told without the part of Chronicle that cannot be read', async () => {
    const id = aProject()
    const fault = { text: '["odd"]', match: { path: /velocity/ } }
    world.services.fail('chronicle', fault)

    const quality = await world.asReader('GET /orchestrate/intelligence/data-quality/{project_id}', of(id))

    expect(quality).toMatchObject({
      status: 200,
      body: { project_id: id, warnings: ["Chronicle's velocity could not be read: decided without"] },
    })
  })

  it('a CronJob that is not the project’s is not found', async () => {
    const [mine, theirs] = [aProject(), aProject()]
    const name = (await post(theirs)).body.cronjob_name
    const answer = await world.asOperator('DELETE /orchestrate/project/{project_id}/cronjob/{name}', of(mine, { name }))
    expect(answer).toMatchObject({ status: 404 })
  })
})

describe('the schedules', () => {
  it('the sweep heals what was deleted, and the second delivery of the same event does nothing', async () => {
    const id = aProject()
    const name = (await post(id)).body.cronjob_name
    await world.asOperator('DELETE /orchestrate/project/{project_id}/cronjob/{name}', of(id, { name }))
    const event = { id: 'event-1', time: new Date(Date.now() - 1000).toISOString() }

    const report = await world.schedule(event)
    expect(report).toMatchObject({ status: 'done', failed: [] })
    expect(JSON.stringify(report)).toContain(`Created cronjob ${name}`)
    expect(await world.schedule(event)).toMatchObject({ status: 'outdated' })
    expect(await world.asOperator('POST /orchestrate/sweep')).toMatchObject({
      status: 200,
      body: { status: 'done', healed: [] },
    })
  })

  it('the daily lesson counts the sprints that were opened', async () => {
    await post(aProject())
    expect(await world.learn()).toMatchObject({ episodes: expect.any(Number), settled: 0 })
  })
})

// The last: a service that failed so often is left alone for a while.
describe('a service that is away', () => {
  it('is named in the answer', async () => {
    world.services.fail('backlog', { status: 500, times: 20 })
    const away = await post(aProject())
    world.services.heal()
    expect(away).toMatchObject({ status: 503, body: { code: 'upstream_unavailable', service: 'backlog' } })
  })
})
