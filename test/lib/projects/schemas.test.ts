import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRequest } from '#lib/projects/requests'
import { orchestrateBody, pauseBody, policyBody, projectPath, strategiesQuery } from '#lib/projects/schemas'

const ok = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success

describe('the body of an orchestration', () => {
  it('may be empty and then asks for the defaults', () => {
    const body = orchestrateBody.parse({})
    expect(body).toEqual({
      action: 'analyze_and_orchestrate',
      options: {
        create_sprint_if_needed: true,
        assign_tasks: true,
        create_cronjob: true,
        sprint_duration_weeks: 2,
        max_tasks_per_sprint: 10,
      },
      dry_run: false,
    })
    expect(ok(orchestrateBody, { options: {} })).toBe(true)
    expect(toRequest({ project: 'P', body, raw: '{}', correlation_id: 'c' })).toMatchObject({
      project: 'P',
      dry_run: false,
    })
  })

  it('may not be missing', () => {
    const body = orchestrateBody.parse({})
    for (const raw of [undefined, '', '  '])
      expect(() => toRequest({ project: 'P', body, raw, correlation_id: 'c' })).toThrowError(/must be a JSON object/)
  })

  it.each([
    { action: 'destroy' },
    { options: { schedule: '61 * * * *' } },
    { options: { schedule: '@reboot' } },
    { options: { schedule: 'TZ=UTC 0 14 * * *' } },
    { options: { sprint_duration_weeks: 0 } },
    { options: { sprint_duration_weeks: 5 } },
    { options: { sprint_duration_weeks: 1.5 } },
    { options: { max_tasks_per_sprint: 0 } },
    { options: { max_tasks_per_sprint: 101 } },
    { options: { assign_tasks: 'yes' } },
    { options: { unknown: 1 } },
    { dry_run: 1 },
    { more: true },
    [],
    null,
  ])('may not be %j', (body) => expect(ok(orchestrateBody, body)).toBe(false))
})

describe('a policy', () => {
  it('is a mode with what it allows', () => {
    const full = {
      mode: 'warn',
      schedule: '0 8 * * *',
      time_zone: 'Europe/Berlin',
      ignore_drift: ['/spec/schedule', '/metadata/labels/app.kubernetes.io~1name'],
      heals_per_hour: 0,
    }
    expect(ok(policyBody, full)).toBe(true)
    for (const wrong of [{ mode: 'no' }, { time_zone: 'Mars' }, { ignore_drift: ['spec'] }, { heals_per_hour: 61 }])
      expect(ok(policyBody, { ...full, ...wrong })).toBe(false)
    expect(ok(policyBody, {})).toBe(false)
  })

  it('with a schedule or zone that the cluster would refuse says which field and why', () => {
    const wrong = { mode: 'enforce', schedule: '0 14 * * SAT-SUN', time_zone: 'europe/berlin' }

    const { error } = policyBody.safeParse(wrong)

    const found = error?.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
    expect(found).toEqual([
      {
        field: 'schedule',
        message:
          'must be a cron expression that Kubernetes accepts, like "0 14 * * 1-5": day of week: beginning of range (6) beyond end of range (0): SAT-SUN',
      },
      {
        field: 'time_zone',
        message:
          'must be a time zone that Kubernetes accepts, like "Europe/Berlin": unknown time zone europe/berlin; upper and lower case count: "Europe/Berlin"',
      },
    ])
  })

  it('a pause has an end and a reason', () => {
    expect(ok(pauseBody, { until: '2026-01-31T08:00:00+01:00', reason: 'x' })).toBe(true)
    expect(ok(pauseBody, { until: 'tomorrow', reason: 'x' })).toBe(false)
    expect(ok(pauseBody, { until: '2026-01-31T08:00:00Z', reason: '' })).toBe(false)
  })
})

describe('paths and queries', () => {
  it('take the ids that projects have', () => {
    for (const id of ['TEST-001', 'a', 'A.b_c-9']) expect(ok(projectPath, { project_id: id })).toBe(true)
    for (const id of ['', '../x', 'a/b', '-a', 'ä', 'a b', 'x'.repeat(65)])
      expect(ok(projectPath, { project_id: id })).toBe(false)
  })

  it('read numbers', () => {
    expect(strategiesQuery.parse({ team_size: '5', min_confidence: '0.75', context: 'x' })).toEqual({
      team_size: 5,
      min_confidence: 0.75,
      context: 'x',
    })
    for (const wrong of [{ team_size: '-1' }, { min_confidence: '1.5' }, { min_confidence: 'NaN' }])
      expect(ok(strategiesQuery, wrong)).toBe(false)
  })

  it('never throw', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void [orchestrateBody, policyBody, pauseBody].map((s) => s.safeParse(value)),
      ),
    )
  })
})
