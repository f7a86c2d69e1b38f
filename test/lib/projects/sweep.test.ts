import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { eventsOf } from '#lib/projects/events'
import { START } from '#test/helpers/clock'
import { aCronJob, cronJobName } from '#test/helpers/projects/cluster'
import { aSprint } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

const SPRINT = 'SHOP-001-S01'
const CRONJOB = cronJobName(PROJECT, SPRINT)
const spec = { project: PROJECT, sprint: SPRINT, schedule: '0 14 * * 1-5', time_zone: null }

async function aSweep() {
  const world = await aProjectsWorld()
  world.services.sprints = [aSprint({ sprint_id: SPRINT, project_id: PROJECT })]
  return world
}

/** More projects, each with an active sprint `<id>-S01`. */
function populate(world: Awaited<ReturnType<typeof aSweep>>, count: number) {
  const ids = Array.from({ length: count }, (_, at) => `P${at}`)
  world.services.projects = ids.map((id) => ({ id, name: id, description: '', status: 'active' }))
  world.services.sprints = ids.map((id) => aSprint({ sprint_id: `${id}-S01`, project_id: id }))
  return ids
}

describe('a sweep', () => {
  it('heals a missing CronJob as a decision with its reasoning and events', async () => {
    const { sweep, cluster, decisions } = await aSweep()
    const report = await sweep()

    expect(report).toMatchObject({
      status: 'done',
      projects: 1,
      healed: [
        {
          project_id: PROJECT,
          decision_id: 'SHOP-001-D1',
          decision_type: 'SELF_HEAL',
          actions_taken: [`Created cronjob ${CRONJOB}`],
        },
      ],
      failed: [],
    })
    expect(cluster.cronJobs).toHaveLength(1)
    const [record] = await decisions()
    expect(record?.decision.reasoning).toBe(
      `Active sprint ${SPRINT} found, but its corresponding CronJob was missing. Recreating the CronJob to ensure process continuity.`,
    )
    expect(eventsOf(record!).map(({ event_type }) => event_type)).toEqual(['CRONJOB_CREATED', 'ORCHESTRATION_DECISION'])
  })

  it('does nothing, and records nothing, when all is well', async () => {
    const { sweep, decisions } = await aSweep()
    await sweep()
    expect(await sweep()).toMatchObject({ healed: [], failed: [], reports: [] })
    expect(await decisions()).toHaveLength(1)
  })

  it('repairs drift and deletes the CronJobs of closed sprints, but not those of sprints and projects nobody knows', async () => {
    const { sweep, services, cluster, clock } = await aSweep()
    const created_at = clock.now()
    services.sprints.push(aSprint({ sprint_id: 'SHOP-001-S00', project_id: PROJECT, status: 'completed' }))
    cluster.cronJobs = [
      aCronJob({ ...spec, schedule: '0 3 * * *' }, { created_at }),
      aCronJob({ ...spec, sprint: 'SHOP-001-S00' }, { created_at }),
      aCronJob({ ...spec, sprint: 'SHOP-001-S99' }, { created_at }),
      aCronJob({ ...spec, project: 'GONE' }, { created_at }),
      aCronJob({ ...spec, sprint: 'SHOP-001-S98' }, { created_at, ours: false }),
    ]
    const report = await sweep()

    expect(report.healed).toMatchObject([
      {
        decision_type: 'REPAIR_DRIFT',
        actions_taken: [`Deleted cronjob ${cronJobName(PROJECT, 'SHOP-001-S00')}`, `Repaired cronjob ${CRONJOB}`],
      },
    ])
    expect(report.reports.map(({ cronjob_name, problem }) => [cronjob_name, problem])).toEqual([
      [cronJobName('GONE', SPRINT), 'Its project is not known to the project service.'],
      [cronJobName(PROJECT, 'SHOP-001-S99'), 'Its sprint is not known to the sprint service.'],
    ])
    expect(cluster.cronJobs.map(({ sprint, schedule }) => [sprint, schedule])).toEqual([
      [SPRINT, '0 14 * * 1-5'],
      ['SHOP-001-S99', '0 14 * * 1-5'],
      [SPRINT, '0 14 * * 1-5'],
      ['SHOP-001-S98', '0 14 * * 1-5'],
    ])
  })

  it('asks the cluster once and each project once, and no more of those that are well', async () => {
    const world = await aSweep()
    populate(world, 30)
    await world.sweep()
    world.services.calls.length = 0
    world.cluster.calls.length = 0
    await world.sweep()

    expect(world.cluster.calls).toEqual(['list'])
    expect(world.services.calls.filter((call) => call === 'sprints')).toHaveLength(30)
    expect(world.services.calls).toHaveLength(31)
  })

  it('never has more than eight projects in hand', async () => {
    const world = await aSweep()
    populate(world, 30)
    let now = 0
    let most = 0
    world.services.around = async (call, run) => {
      if (call !== 'sprints') return run()
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return run()
    }
    await world.sweep()
    expect(most).toBeLessThanOrEqual(8)
    expect(world.cluster.cronJobs).toHaveLength(30)
  })

  it('is not stopped by one project’s failure, and waits longer and longer before it tries that one again', async () => {
    const world = await aSweep()
    const { sweep, cluster, clock } = world
    populate(world, 3)
    cluster.applyFailure = ({ project }) =>
      project === 'P1' ? new AppError('forbidden', 'Not allowed: create cronjobs in dsm.') : undefined

    const first = await sweep()
    expect(first.healed.map(({ project_id }) => project_id).sort()).toEqual(['P0', 'P2'])
    expect(first.failed).toEqual([
      {
        project_id: 'P1',
        code: 'heal_failed',
        detail: 'The CronJob of sprint P1-S01 could not be created: Not allowed: create cronjobs in dsm.',
      },
    ])
    expect((await sweep()).waiting).toEqual(['P1'])
    const tried: number[] = []
    for (let minute = 5; minute <= 120; minute += 5) {
      clock.advance(minutes(5))
      if ((await sweep()).waiting.length === 0) tried.push(minute)
    }
    expect(tried).toEqual([5, 15, 35, 70])

    cluster.applyFailure = undefined
    clock.advance(hours(2))
    await sweep()
    expect((await world.store.load('P1')).state.backoff).toBeNull()
  })

  it('counts a heal that failed as failed: in the report, in the event and for the health of the whole', async () => {
    const { sweep, cluster, decisions, store } = await aSweep()
    cluster.cronJobs.push(aCronJob(spec, { suspended: true }))
    cluster.applyFailure = () => new AppError('forbidden', 'Not allowed.')

    const report = await sweep()

    const detail = `The CronJob of sprint ${SPRINT} could not be repaired: Not allowed.`
    expect(report).toMatchObject({ healed: [], warned: [], failed: [{ project_id: PROJECT, detail }] })
    const [decision] = await decisions()
    expect(eventsOf(decision!)).toMatchObject([
      {
        event_type: 'ORCHESTRATION_DECISION',
        decision_type: 'REPAIR_DRIFT',
        actions_taken: [`Failed to repair cronjob for sprint ${SPRINT}`],
        failures: [detail],
      },
    ])
    expect(await store.lastSweep()).toMatchObject({
      ok: false,
      detail: `Swept 1 projects, 1 CronJobs, 0 healed, 1 failed. ${PROJECT}: ${detail}`,
    })
  })

  it('names a failed repair a repair, also where the CronJob was to be made anew', async () => {
    const { sweep, cluster, clock } = await aSweep()
    cluster.cronJobs.push(aCronJob(spec, { time_zone: null, last_schedule_at: Date.UTC(2026, 0, 5, 14) }))
    clock.set(Date.UTC(2026, 0, 6, 15))
    cluster.applyFailure = () => new AppError('forbidden', 'Not allowed.')

    expect((await sweep()).failed).toMatchObject([
      { detail: `The CronJob of sprint ${SPRINT} could not be repaired: Not allowed.` },
    ])
  })

  it('does not wait any longer once a request has healed what it could not', async () => {
    const { sweep, cluster, post } = await aSweep()
    cluster.applyFailure = () => new AppError('forbidden', 'Not allowed.')
    await sweep()
    expect((await sweep()).waiting).toEqual([PROJECT])
    cluster.applyFailure = undefined
    await post()
    cluster.cronJobs[0]!.suspended = true

    expect(await sweep()).toMatchObject({ waiting: [], healed: [{ decision_type: 'REPAIR_DRIFT' }] })
  })

  it('leaves a project alone whose id no route would take, and says so', async () => {
    const world = await aSweep()
    world.services.projects = [
      { id: 'a b', name: 'Odd', description: '', status: 'active' },
      ...world.services.projects,
    ]
    world.services.sprints = [...world.services.sprints, aSprint({ sprint_id: 'S1', project_id: 'a b' })]

    const report = await world.sweep()

    expect(report.healed.map(({ project_id }) => project_id)).toEqual([PROJECT])
    expect(report.failed).toEqual([
      {
        project_id: 'a b',
        code: 'invalid',
        detail:
          'Its id must be 1–64 of the characters A–Z a–z 0–9 . _ -, beginning with a letter or digit: rename it in the project service.',
      },
    ])
    expect(report.reports).toEqual([])
  })

  it('reports a project whose sprints cannot be read and leaves its CronJobs alone', async () => {
    const world = await aSweep()
    const [broken] = populate(world, 2)
    world.cluster.cronJobs = [aCronJob({ ...spec, project: broken!, sprint: 'P0-S00' })]
    const { sprints } = world.upstream
    const upstream = {
      ...world.upstream,
      sprints: (id: string) =>
        id === broken ? Promise.reject(new AppError('upstream_unavailable', 'Away.')) : sprints(id),
    }
    const report = await world.with({ upstream }).sweep({ correlation_id: 'sweep' })

    expect(report.failed).toEqual([{ project_id: 'P0', code: 'upstream_unavailable', detail: 'Away.' }])
    expect(report.reports).toEqual([])
    expect(world.cluster.cronJobs).toHaveLength(2)
  })

  it('fails as a whole when the cluster or the project service cannot be read at all', async () => {
    const { sweep, cluster, services } = await aSweep()
    cluster.failure = new AppError('forbidden', 'Not allowed: list cronjobs in dsm.')
    await expect(sweep()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'Not allowed: list cronjobs in dsm.',
    })
    cluster.failure = undefined
    services.down.add('sprint')
    await expect(sweep()).rejects.toMatchObject({ details: { service: 'sprint' } })
    services.down.delete('sprint')
    expect(await sweep()).toMatchObject({ status: 'done' })
  })

  it('begins nothing when its time is over, and says what is left', async () => {
    const world = await aSweep()
    populate(world, 20)
    world.services.around = async (call, run) => {
      if (call === 'sprints') world.clock.advance(1_000)
      return run()
    }
    const report = await world.projects.sweep({ correlation_id: 'sweep', begin_within: 10_000 })
    expect(report.failed.length).toBeGreaterThan(0)
    expect(report.failed[0]?.detail).toBe('The sweep ran out of time.')
  })

  it('skips a project that a request has in hand', async () => {
    const { sweep, store, clock, cluster } = await aSweep()
    await store.lock(`project:${PROJECT}`, 'request', clock.now(), clock.now() + minutes(1))
    expect(await sweep()).toMatchObject({ busy: [PROJECT], healed: [] })
    expect(cluster.cronJobs).toEqual([])
  })
})

describe('a cluster that does not allow what is needed', () => {
  it('is told by its missing rights, in the report and for the health of the whole', async () => {
    const world = await aProjectsWorld()
    world.services.sprints = [aSprint({ sprint_id: 'S1', project_id: PROJECT })]
    world.cluster.applyFailure = () => new AppError('forbidden', 'No.')
    world.cluster.missingRights = [{ verb: 'patch', resource: 'cronjobs' }]

    expect((await world.sweep()).missing_rights).toEqual([{ verb: 'patch', resource: 'cronjobs' }])
    expect(await world.store.lastSweep()).toMatchObject({
      ok: false,
      detail: 'The cluster does not allow us to patch cronjobs: apply deploy/rbac.yaml.',
    })

    world.cluster.failure = new AppError('forbidden', 'The cluster does not allow us to list cronjobs.')
    world.cluster.missingRights = []
    await expect(world.sweep()).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(await world.store.lastSweep()).toMatchObject({ ok: false, detail: expect.stringContaining('list cronjobs') })

    world.cluster.failure = undefined
    world.cluster.applyFailure = undefined
    world.clock.advance(minutes(60))
    await world.sweep()
    expect(await world.store.lastSweep()).toMatchObject({ ok: true, detail: 'Swept 1 projects, 0 CronJobs, 1 healed.' })
  })
})

describe('sweeps that meet', () => {
  it('the second does nothing while the first is at work', async () => {
    const { sweep, cluster } = await aSweep()
    const reports = await Promise.all([sweep(), sweep(), sweep()])
    expect(reports.map(({ status }) => status).sort()).toEqual(['done', 'overlapped', 'overlapped'])
    expect(cluster.calls.filter((call) => call === 'apply')).toHaveLength(1)
  })

  it('one that was scheduled earlier, or is delivered twice, does nothing', async () => {
    const { sweep } = await aSweep()
    expect((await sweep(START)).status).toBe('done')
    expect((await sweep(START)).status).toBe('outdated')
    expect((await sweep(START - minutes(5))).status).toBe('outdated')
    expect((await sweep(START + minutes(1))).status).toBe('done')
    expect((await sweep()).status).toBe('done')
  })
})

describe('a CronJob that somebody keeps deleting', () => {
  it('is healed three times an hour, then left alone with one event, then healed again', async () => {
    const { sweep, cluster, clock, decisions } = await aSweep()
    for (let round = 0; round < 8; round++) {
      cluster.cronJobs = []
      await sweep()
      clock.advance(minutes(5))
    }
    const types = (await decisions())
      .toReversed()
      .flatMap(eventsOf)
      .map(({ event_type }) => event_type)
    expect(types.filter((type) => type === 'CRONJOB_CREATED')).toHaveLength(3)
    expect(types.filter((type) => type === 'CRONJOB_HEAL_BUDGET_TRIPPED')).toHaveLength(1)
    expect(await decisions()).toHaveLength(4)

    clock.advance(minutes(30))
    await sweep()
    expect(cluster.cronJobs).toHaveLength(1)
  })

  it('is healed as often as the policy of its project says', async () => {
    const { sweep, cluster, clock, projects } = await aSweep()
    await projects.policies.put(PROJECT, { mode: 'enforce', heals_per_hour: 1 })
    await sweep()
    cluster.cronJobs = []
    clock.advance(minutes(5))
    await sweep()
    expect(cluster.cronJobs).toEqual([])
  })
})

describe('the mode of a project', () => {
  it('"warn" is told once, not every five minutes', async () => {
    const { sweep, cluster, projects, decisions } = await aSweep()
    await projects.policies.put(PROJECT, { mode: 'warn' })
    const first = await sweep()
    await sweep()

    expect(first.warned[0]?.warnings[0]).toBe('The policy of this project is "warn": nothing was changed')
    expect(await decisions()).toHaveLength(1)
    expect(cluster.cronJobs).toEqual([])
  })

  it('"warn" is told again when it comes back after all was well', async () => {
    const { sweep, cluster, projects, decisions, clock } = await aSweep()
    await projects.policies.put(PROJECT, { mode: 'warn' })
    await sweep()
    cluster.cronJobs = [aCronJob(spec, { created_at: clock.now() })]
    await sweep()
    cluster.cronJobs = []
    await sweep()
    expect(await decisions()).toHaveLength(2)
  })

  it('"off" is not looked at', async () => {
    const { sweep, cluster, projects, decisions } = await aSweep()
    await projects.policies.put(PROJECT, { mode: 'off' })
    await sweep()
    expect([cluster.cronJobs, await decisions()]).toEqual([[], []])
  })

  it('a pause holds until its end', async () => {
    const { sweep, cluster, projects, clock } = await aSweep()
    await projects.policies.pause(PROJECT, { until: '2026-01-05T09:00:00Z', reason: 'Maintenance of the cluster' })
    await sweep()
    expect(cluster.cronJobs).toEqual([])
    clock.advance(hours(1))
    await sweep()
    expect(cluster.cronJobs).toHaveLength(1)
  })

  it('what the policy ignores is no drift, and its schedule is the one of a heal', async () => {
    const { sweep, cluster, projects, clock } = await aSweep()
    await projects.policies.put(PROJECT, { mode: 'enforce', schedule: '0 8 * * *', ignore_drift: ['/spec/suspend'] })
    await sweep()
    expect(cluster.cronJobs).toMatchObject([{ schedule: '0 8 * * *' }])
    cluster.cronJobs[0]!.suspended = true
    clock.advance(minutes(5))
    expect((await sweep()).healed).toEqual([])
  })
})
