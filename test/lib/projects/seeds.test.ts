/** The two verified responses of the original, field by field and word by word. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ANALYSIS, aSeedWorld, EXISTING, MISSING } from '#test/helpers/projects/seed-003'
import { aPost } from '#test/helpers/projects/world'

describe('the verification logs of the change request', () => {
  let world: Awaited<ReturnType<typeof aSeedWorld>>

  beforeAll(async () => {
    world = await aSeedWorld()
  })

  it('test case 1: a missing CronJob is created', async () => {
    const answer = await world.projects.orchestrate(aPost({ project: 'TEST-001' }))

    expect(answer).toMatchObject(MISSING)
    expect(world.cluster.cronJobs).toMatchObject([
      { name: 'run-dailyscrum-test-001-test-001-s12', schedule: '0 14 * * 1-5', time_zone: null, suspended: false },
    ])
  })

  it('test case 2: an existing CronJob is left alone', async () => {
    const applied = world.cluster.calls.filter((call) => call === 'apply').length

    const answer = await world.projects.orchestrate(aPost({ project: 'TEST-001' }))

    expect(answer).toMatchObject(EXISTING)
    expect(world.cluster.calls.filter((call) => call === 'apply')).toHaveLength(applied)
  })

  it('keeps the order of the fields that both know', async () => {
    const answer = await world.projects.orchestrate(aPost({ project: 'TEST-001' }))
    const known = Object.keys(answer.analysis).filter((name) => name in ANALYSIS)

    expect(known).toEqual(Object.keys(ANALYSIS))
    expect(Object.keys(answer).slice(0, 6)).toEqual(Object.keys(EXISTING))
  })
})
