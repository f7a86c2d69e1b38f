import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { dueBetween } from '#sandbox/cluster/controller/schedule'
import type { ClusterOptions } from '#sandbox/cluster/server'
import { aClock } from '#test/helpers/clock'
import { aBatchApi, aCluster, aCronJob } from '#test/helpers/cluster'

const namespace = 'dsm'
const EVERY_MINUTE = { schedule: '* * * * *' }

async function aCronJobWith(spec: object, options: Partial<ClusterOptions> = {}) {
  const clock = aClock()
  const cluster = await aCluster({ clock, ...options })
  const api = aBatchApi(cluster)
  const body = aCronJob('job', { spec }) as object as Parameters<typeof api.createNamespacedCronJob>[0]['body']
  await api.createNamespacedCronJob({ namespace, body })
  return {
    clock,
    api,
    cluster,
    pass(ms: number) {
      clock.advance(ms)
      cluster.tick()
    },
    status: async () => (await api.readNamespacedCronJob({ name: 'job', namespace })).status,
    jobs: async () => (await api.listNamespacedJob({ namespace })).items,
  }
}

describe('a CronJob', () => {
  it('starts a Job when it is due, and says so', async () => {
    const { clock, pass, jobs, status } = await aCronJobWith(EVERY_MINUTE)
    pass(seconds(59))
    expect(await jobs()).toEqual([])

    pass(seconds(1))

    const [job] = await jobs()
    expect(job?.metadata).toMatchObject({
      name: `job-${clock.now() / minutes(1)}`,
      ownerReferences: [{ kind: 'CronJob', name: 'job', controller: true }],
    })
    expect(job?.spec?.template.spec?.containers[0]?.image).toBe('busybox:1.37')
    expect(await status()).toMatchObject({ lastScheduleTime: new Date(clock.now()), active: [{ kind: 'Job' }] })
  })

  it('sees its Job complete after a moment', async () => {
    const { clock, pass, jobs, status } = await aCronJobWith(EVERY_MINUTE)
    pass(minutes(1))

    pass(seconds(5))

    expect((await jobs())[0]?.status).toMatchObject({
      succeeded: 1,
      conditions: [{ type: 'Complete', status: 'True' }],
    })
    const after = await status()
    expect(after).toMatchObject({ lastSuccessfulTime: new Date(clock.now()) })
    expect(after?.active ?? []).toEqual([])
  })

  it('starts each run once, however often it is looked at', async () => {
    const { pass, jobs, cluster } = await aCronJobWith(EVERY_MINUTE)
    pass(minutes(1))

    for (const _ of [1, 2, 3]) cluster.tick()

    expect(await jobs()).toHaveLength(1)
  })

  it('keeps as many ended Jobs as its limits say', async () => {
    let runs = 0
    const outcomeOf = () => (++runs % 2 === 0 ? 'Failed' : 'Complete')
    const limits = { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 }
    const { pass, jobs } = await aCronJobWith({ ...EVERY_MINUTE, ...limits }, { outcomeOf })

    for (let run = 0; run < 8; run += 1) {
      pass(seconds(50))
      pass(seconds(10))
    }
    pass(seconds(50))

    const ended = (await jobs()).map(({ status }) => status?.conditions?.[0]?.type)
    expect(ended.sort()).toEqual(['Complete', 'Complete', 'Failed'])
  })

  it('rests while it is suspended', async () => {
    const { pass, jobs, status } = await aCronJobWith({ ...EVERY_MINUTE, suspend: true })

    pass(hours(1))

    expect(await jobs()).toEqual([])
    expect(await status()).toEqual({})
  })

  it.each([
    ['Forbid', 1],
    ['Allow', 2],
    ['Replace', 1],
  ])('with the policy %s has %i Jobs when one is still running', async (concurrencyPolicy, count) => {
    const { pass, jobs, status } = await aCronJobWith({ ...EVERY_MINUTE, concurrencyPolicy }, { jobMs: hours(1) })
    pass(minutes(1))
    const [first] = await jobs()

    pass(minutes(1))

    const running = await jobs()
    expect(running).toHaveLength(count)
    expect((await status())?.active).toHaveLength(count)
    const isKept = running.some(({ metadata }) => metadata?.uid === first?.metadata?.uid)
    expect(isKept).toBe(concurrencyPolicy !== 'Replace')
  })

  it('makes up for the newest missed run only, and for none that is too late', async () => {
    const late = await aCronJobWith({ schedule: '0 * * * *', startingDeadlineSeconds: 200 })
    late.pass(hours(3) + seconds(200))
    expect(await late.jobs()).toEqual([])

    const soon = await aCronJobWith({ schedule: '0 * * * *', startingDeadlineSeconds: 200 })
    soon.pass(hours(3) + seconds(199))
    expect(await soon.jobs()).toHaveLength(1)
  })

  it('goes by the clocks of its time zone', async () => {
    const { clock, pass, jobs } = await aCronJobWith({ schedule: '30 9 * * *', timeZone: 'Europe/Berlin' })
    clock.set(Date.UTC(2026, 0, 5, 8, 29))
    pass(0)
    expect(await jobs()).toEqual([])

    pass(minutes(1))

    expect(await jobs()).toHaveLength(1)
  })
})

describe('what is due by a schedule', () => {
  it('counts what was missed, up to a bound', () => {
    const start = Date.UTC(2026, 0, 5)

    expect(dueBetween(EVERY_MINUTE, start, start + seconds(59))).toBeUndefined()
    expect(dueBetween(EVERY_MINUTE, start, start + minutes(3) + 1)).toEqual({ at: start + minutes(3), missed: 3 })
    expect(dueBetween(EVERY_MINUTE, start, start + hours(24))).toEqual({ at: start + hours(24), missed: 101 })
  })

  it('is the newest run of one whose runs are not equally far apart', () => {
    const rule = { schedule: '30 6-16/4 * * 1-5', timeZone: 'Europe/Berlin' }
    const monday = Date.UTC(2026, 0, 5)

    expect(dueBetween(rule, monday, Date.UTC(2026, 0, 13, 14))?.at).toBe(Date.UTC(2026, 0, 13, 13, 30))
  })

  it('is nothing by one that never fires', () => {
    expect(dueBetween({ schedule: '0 14 31 2 *' }, 0, Date.UTC(2026, 0, 5))).toBeUndefined()
  })
})
