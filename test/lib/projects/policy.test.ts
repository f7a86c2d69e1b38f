import { describe, expect, it } from 'vitest'
import { aCronJob, cronJobName } from '#test/helpers/projects/cluster'
import { aSprint } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

describe('a policy', () => {
  it('is the default until one is put, and then what was put', async () => {
    const { projects } = await aProjectsWorld()
    expect(await projects.policies.read(PROJECT)).toEqual({
      project_id: PROJECT,
      mode: 'enforce',
      schedule: '0 14 * * 1-5',
      time_zone: null,
      ignore_drift: [],
      heals_per_hour: 3,
      paused: null,
    })
    await projects.policies.put(PROJECT, { mode: 'warn', schedule: '0 8 * * *', time_zone: 'Europe/Berlin' })
    expect(await projects.policies.read(PROJECT)).toMatchObject({
      mode: 'warn',
      schedule: '0 8 * * *',
      time_zone: 'Europe/Berlin',
    })
  })

  it('does not end a pause, nor does a pause change it', async () => {
    const { projects, clock } = await aProjectsWorld()
    await projects.policies.pause(PROJECT, { until: '2026-01-06T00:00:00+01:00', reason: 'Holiday' })
    expect(await projects.policies.put(PROJECT, { mode: 'warn' })).toMatchObject({
      mode: 'warn',
      paused: { until: '2026-01-05T23:00:00.000Z', reason: 'Holiday' },
    })
    clock.set(Date.UTC(2026, 0, 6))
    expect(await projects.policies.read(PROJECT)).toMatchObject({ mode: 'warn', paused: null })
  })

  it('can be put while the project service is away, but not for a project that does not exist', async () => {
    const { projects, services } = await aProjectsWorld()
    await expect(projects.policies.put('NONE-1', { mode: 'off' })).rejects.toMatchObject({ code: 'not_found' })
    services.down.add('project')
    expect(await projects.policies.put(PROJECT, { mode: 'off' })).toMatchObject({ mode: 'off' })
  })
})

describe('deleting a CronJob', () => {
  const spec = { project: PROJECT, sprint: 'S1', schedule: '0 14 * * 1-5', time_zone: null }
  const name = cronJobName(PROJECT, 'S1')

  it('is done, said and recorded', async () => {
    const { projects, cluster, decisions } = await aProjectsWorld()
    cluster.cronJobs = [aCronJob(spec)]
    const answer = await projects.removeCronJob({ project: PROJECT, name, correlation_id: 'test' })

    expect(answer).toEqual({ message: `CronJob ${name} deleted successfully`, cronjob_name: name, status: 'deleted' })
    expect(cluster.cronJobs).toEqual([])
    expect(await decisions()).toMatchObject([{ trigger: 'removal', outcome: { actions: [`Deleted cronjob ${name}`] } }])
  })

  it('does not find what is missing, another project’s, or a stranger’s, and touches none', async () => {
    const { projects, cluster, decisions } = await aProjectsWorld()
    cluster.cronJobs = [
      aCronJob({ ...spec, project: 'OTHER' }, { name }),
      aCronJob(spec, { name: 'theirs', ours: false }),
    ]
    for (const one of [name, 'theirs', 'none'])
      await expect(
        projects.removeCronJob({ project: PROJECT, name: one, correlation_id: 'test' }),
      ).rejects.toMatchObject({
        code: 'not_found',
      })
    expect(cluster.cronJobs).toHaveLength(2)
    expect(await decisions()).toEqual([])
  })

  it('finds the one of the active sprint whose label was removed', async () => {
    const { projects, cluster, services, post } = await aProjectsWorld()
    services.sprints = [aSprint({ sprint_id: 'S1', project_id: PROJECT })]
    await post()
    cluster.cronJobs[0]!.labelled = false

    expect((await projects.status(PROJECT)).cronjobs).toMatchObject([{ name }])
    expect(await projects.removeCronJob({ project: PROJECT, name, correlation_id: 'test' })).toMatchObject({
      status: 'deleted',
    })
    expect(cluster.cronJobs).toEqual([])
  })

  it('of another installation is refused by name, not as a service that is away', async () => {
    const { projects, cluster, decisions } = await aProjectsWorld()
    cluster.cronJobs = [aCronJob(spec, { installation: 'theirs' })]
    await expect(projects.removeCronJob({ project: PROJECT, name, correlation_id: 'test' })).rejects.toMatchObject({
      code: 'conflict',
      message: `CronJob ${name} belongs to another installation of Coxswain (theirs); it is left alone.`,
    })
    expect(cluster.cronJobs).toHaveLength(1)
    expect(await decisions()).toEqual([])
  })
})
