import { describe, expect, it } from 'vitest'
import { aCluster, aCronJob, aSpec, hasKubectl, kubectlOf, ourCronJobs } from '#test/helpers/cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'

describe.skipIf(!hasKubectl)('applying what a list has just shown', () => {
  it('does not look again at what a list has just shown', async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)

    expect(await cronJobs.apply(aSpec(), null)).toEqual({ name: NAME, outcome: 'created' })
    expect(await cronJobs.apply(aSpec(), null)).toEqual({ name: NAME, outcome: 'unchanged' })
    await kubectlOf(cluster)(['patch', 'cronjob', NAME, '-p', '{"spec":{"suspend":true}}'])
    const [seen] = await cronJobs.list()
    const before = cluster.stats().calls['get cronjobs'] ?? 0
    expect(await cronJobs.apply(aSpec(), seen)).toEqual({ name: NAME, outcome: 'repaired' })

    expect(cluster.stats().calls['get cronjobs'] ?? 0).toBe(before)
    expect((await cronJobs.list())[0]?.drift(aSpec())).toEqual([])
  })

  it('makes it anew when what was seen is gone, and leaves a later one of that name alone', async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec())
    const [seen] = await cronJobs.list()
    await kubectlOf(cluster)(['delete', 'cronjob', NAME])

    expect(await cronJobs.apply(aSpec(), seen)).toEqual({ name: NAME, outcome: 'created' })

    expect(await cronJobs.remove('TEST-001', NAME, seen)).toBe('absent')
    expect(await cronJobs.list()).toHaveLength(1)
  })

  it("never touches a stranger's object that no list of ours shows", async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await kubectlOf(cluster)(['create', '-f', '-'], aCronJob(NAME))

    await expect(cronJobs.apply(aSpec(), null)).rejects.toMatchObject({ details: { reason: 'not_ours' } })
  })
})
