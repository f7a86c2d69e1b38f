import { describe, expect, it } from 'vitest'
import { hours } from '#lib/clock'
import { AppError } from '#lib/errors'
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

describe('the health that a sweep leaves', () => {
  it('is not well while a deleted CronJob stays deleted because its heal budget is spent', async () => {
    const { sweep, cluster, store, clock } = await aSweep()
    for (let heal = 0; heal < 3; heal += 1) {
      await sweep()
      cluster.cronJobs = []
    }
    const problem = `CronJob ${CRONJOB} needed healing more than 3 time(s) within an hour. It is left alone until the hour is over`

    for (const told of ['anew', 'not again']) {
      expect((await sweep()).unhealed, told).toEqual([{ project_id: PROJECT, problem }])
      const detail = `Swept 1 projects, 0 CronJobs, 0 healed. ${PROJECT}: ${problem}.`
      expect(await store.lastSweep(), told).toMatchObject({ ok: false, detail })
    }
    clock.advance(hours(1))
    expect(await sweep()).toMatchObject({ healed: [{ decision_type: 'SELF_HEAL' }], unhealed: [] })
    expect(await store.lastSweep()).toMatchObject({ ok: true })
  })

  it('is not well while a failed heal waits for its next try, and is once somebody else has mended it', async () => {
    const { sweep, cluster, store, clock } = await aSweep()
    cluster.applyFailure = () => new AppError('forbidden', 'Not allowed.')
    await sweep()
    const problem =
      'The heal of its CronJob failed 1 time(s); the next sweep after 2026-01-05T08:04:00.000Z tries again'
    expect(await sweep()).toMatchObject({ waiting: [PROJECT], unhealed: [{ project_id: PROJECT, problem }] })
    expect(await store.lastSweep()).toMatchObject({ ok: false })
    cluster.cronJobs.push(aCronJob(spec, { created_at: clock.now() }))

    expect((await sweep()).unhealed).toEqual([])
    expect(await store.lastSweep()).toMatchObject({ ok: true })
  })

  it.each([
    ['terminating', { terminating: true }],
    ["another installation's", { installation: 'theirs' }],
  ] as const)('is not well while a CronJob is %s, however often it was told', async (_, state) => {
    const { sweep, cluster, store, clock } = await aSweep()
    cluster.cronJobs.push(aCronJob(spec, { created_at: clock.now(), ...state }))
    for (let time = 0; time < 2; time += 1) {
      expect((await sweep()).unhealed).toMatchObject([{ project_id: PROJECT }])
      expect(await store.lastSweep()).toMatchObject({ ok: false, detail: expect.stringContaining(CRONJOB) })
    }
  })

  it('is well where the policy only warns', async () => {
    const { sweep, cluster, store, projects } = await aSweep()
    cluster.cronJobs.push(aCronJob(spec, { suspended: true }))
    await projects.policies.put(PROJECT, { mode: 'warn' })
    for (let time = 0; time < 2; time += 1) {
      expect((await sweep()).unhealed).toEqual([])
      expect(await store.lastSweep()).toMatchObject({ ok: true })
    }
  })

  it('names three projects and counts the others', async () => {
    const world = await aSweep()
    const ids = Array.from({ length: 5 }, (_, at) => `P${at}`)
    world.services.projects = ids.map((id) => ({ id, name: id, description: '', status: 'active' }))
    world.services.sprints = ids.map((id) => aSprint({ sprint_id: `${id}-S01`, project_id: id }))
    world.cluster.applyFailure = () => new AppError('forbidden', 'x'.repeat(1_000))
    await world.sweep()
    const { detail = '' } = (await world.store.lastSweep()) ?? {}
    expect(detail).toMatch(/^Swept 5 projects, 0 CronJobs, 0 healed, 5 failed\. P0: .*… P1: .*… P2: .*… 2 more: /)
    expect(detail.length).toBeLessThan(1_500)
  })
})
