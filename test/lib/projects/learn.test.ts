import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { learn } from '#lib/projects/learn'
import type { Episode, Strategy } from '#lib/projects/model'
import { START } from '#test/helpers/clock'
import { aSprint, tasksOf } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

let count = 0
function anEpisode(over: Partial<Episode> = {}): Episode {
  return {
    project_id: PROJECT,
    sprint_id: `S${++count}`,
    decision_id: 'D',
    at: START,
    team_size: 5,
    unassigned_tasks: 20,
    tasks: 8,
    weeks: 2,
    decision_source: 'rule_based_only',
    strategies: [],
    outcome: 0.9,
    settled_at: START,
    ...over,
  }
}

const many = (n: number, over: Partial<Episode> = {}) => Array.from({ length: n }, () => anEpisode(over))
const ID = 'team-4-backlog-11'
const followed = (n: number, outcome: number) => many(n, { strategies: [ID], outcome })

describe('learning', () => {
  it('makes a strategy of three similar sprints that went well', () => {
    const [strategy] = learn([...many(2), anEpisode({ tasks: 9, outcome: 1 })], [], START)
    expect(strategy).toMatchObject({
      strategy_id: ID,
      confidence: 0.9333,
      applicability: { team_size: [4, 6], unassigned_tasks: [11, 25] },
      recommendation: { tasks_per_sprint: 8, sprint_duration_weeks: 2 },
      performance: { times_applied: 0, success_rate: 1 },
      version: 1,
      retired_at: null,
    })
  })

  it('makes none of two, of three that are not alike, or of three that did not go well enough', () => {
    expect(learn(many(2), [], START)).toEqual([])
    expect(learn([...many(2), anEpisode({ team_size: 9 })], [], START)).toEqual([])
    expect(learn([...many(2), anEpisode({ outcome: 0.84 })], [], START)).toEqual([])
    expect(learn([...many(2), anEpisode({ outcome: null })], [], START)).toEqual([])
  })

  it('makes none where most sprints of the kind failed', () => {
    expect(learn([...many(3), ...many(6, { outcome: 0.2 })], [], START)).toEqual([])
  })

  it('raises confidence with success and lowers it with failure', () => {
    const founders = many(3, { outcome: 0.9 })
    const before = learn(founders, [], START)
    const taught = (more: Episode[]) => learn([...founders, ...more], before, START)[0]

    expect(taught(followed(1, 0.95))).toMatchObject({ confidence: 0.95, version: 2, performance: { times_applied: 1 } })
    expect(taught(followed(2, 0.5))).toMatchObject({ confidence: 0.6, performance: { success_rate: 0.6 } })
  })

  it('retires what fails, and does not bring it back from the same sprints', () => {
    const founders = many(3)
    const before = learn(founders, [], START)
    const all = [...founders, ...followed(5, 0.1)]
    const retired = learn(all, before, START + 1)

    expect(retired).toMatchObject([{ strategy_id: ID, retired_at: START + 1 }])
    expect(learn(all, retired, START + 2)).toEqual([])
    const fresh = many(3, { settled_at: START + 10 })
    expect(learn([...all, ...fresh], retired, START + 11)).toMatchObject([{ retired_at: null, version: 3 }])
  })

  it('changes nothing when it runs once more, and keeps figures within bounds', () => {
    const episode = fc
      .record({
        team_size: fc.nat({ max: 15 }),
        unassigned_tasks: fc.nat({ max: 80 }),
        tasks: fc.nat({ max: 50 }),
        weeks: fc.integer({ min: 1, max: 4 }),
        outcome: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        follows: fc.boolean(),
      })
      .map(({ follows, ...rest }) => anEpisode({ ...rest, strategies: follows ? [ID] : [] }))
    fc.assert(
      fc.property(fc.array(episode, { maxLength: 60 }), (episodes) => {
        const first = learn(episodes, [], START)
        expect(learn(episodes, first, START + 1)).toEqual([])
        for (const { confidence, performance, recommendation } of first) {
          expect(confidence).toBeGreaterThanOrEqual(0.3)
          expect(confidence).toBeLessThanOrEqual(1)
          expect(performance.success_rate).toBeGreaterThanOrEqual(0.4)
          expect(recommendation.sprint_duration_weeks).toBeGreaterThanOrEqual(1)
          expect(recommendation.sprint_duration_weeks).toBeLessThanOrEqual(4)
        }
      }),
    )
  })
})

describe('the daily lesson', () => {
  it('hears how sprints went that others closed, and is listed', async () => {
    const { projects, memory, services } = await aProjectsWorld()
    for (const n of [1, 2, 3]) {
      const sprint_id = `SHOP-001-S0${n}`
      await memory.begin(anEpisode({ sprint_id, tasks: 4, outcome: null, settled_at: null }))
      services.sprints.push(aSprint({ sprint_id, project_id: PROJECT, status: 'completed' }))
      services.tasks.push(...tasksOf(PROJECT, 4, { status: 'completed', sprint_id }))
    }
    expect(await projects.learn()).toEqual({ episodes: 3, settled: 3, strategies: [ID], retired: [] })
    expect(await projects.learn()).toEqual({ episodes: 3, settled: 0, strategies: [], retired: [] })

    const list = await projects.strategies({ team_size: 5, min_confidence: 0.5, context: 'TEAMS of 4' })
    expect(list).toMatchObject({ total_strategies: 1, avg_confidence: 1 })
    expect(list.strategies[0]).toMatchObject({
      strategy_id: ID,
      recommendation: { tasks_per_sprint: 4, sprint_duration_weeks: 2 },
      performance: { times_applied: 0, success_rate: 1 },
      created_at: '2026-01-05T08:00:00.000Z',
      version: 1,
    })
    for (const filter of [{ team_size: 7 }, { min_confidence: 1.01 }, { context: 'nowhere' }])
      expect(await projects.strategies(filter)).toEqual({ strategies: [], total_strategies: 0, avg_confidence: 0 })
  })

  it('takes what closing moved out of a sprint for not completed, and waits for services that are away', async () => {
    const { projects, memory, services } = await aProjectsWorld()
    await memory.begin(anEpisode({ sprint_id: 'S', tasks: 10, outcome: null, settled_at: null }))
    services.sprints = [aSprint({ sprint_id: 'S', project_id: PROJECT, status: 'closed_with_pending_tasks' })]
    services.tasks = tasksOf(PROJECT, 4, { status: 'completed', sprint_id: 'S' })
    services.down.add('sprint')
    expect(await projects.learn()).toMatchObject({ settled: 0 })
    services.down.clear()
    await projects.learn()
    expect(await memory.ofProject(PROJECT)).toMatchObject([{ outcome: 0.4 }])
  })

  it('is fed by the sprints that are opened and closed here', async () => {
    const { post, services, memory, clock } = await aProjectsWorld()
    services.tasks = tasksOf(PROJECT, 2)
    await post()
    expect(await memory.all()).toMatchObject([{ sprint_id: 'SHOP-001-S01', tasks: 2, outcome: null, team_size: 2 }])
    services.tasks = services.tasks.map((task) => ({ ...task, status: 'completed' }))
    clock.advance(1000)
    await post()
    expect(await memory.all()).toMatchObject([{ outcome: 1, settled_at: START + 1000 }])
  })

  it('retired strategies are not listed', async () => {
    const { projects, memory } = await aProjectsWorld()
    const [strategy] = learn(many(3), [], START)
    await memory.saveStrategy({ ...(strategy as Strategy), retired_at: START })
    expect(await projects.strategies({})).toMatchObject({ total_strategies: 0 })
  })
})
