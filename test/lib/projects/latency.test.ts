import { describe, expect, it } from 'vitest'
import { aSprint, tasksOf } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

/** Answers all calls that wait only when no other has come for a while: each round is one latency. */
function rounds(world: Awaited<ReturnType<typeof aProjectsWorld>>) {
  const QUIET_MS = 40
  let waiting: (() => void)[] = []
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const release = () => {
    count += 1
    const all = waiting
    waiting = []
    for (const go of all) go()
  }
  world.services.around = async (_call, run) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      clearTimeout(timer)
      timer = setTimeout(release, QUIET_MS)
    })
    return run()
  }
  return () => count
}

describe('an orchestration waits for the services at most four times in a row', () => {
  it('when it monitors: twice the first time, once from then on', async () => {
    const world = await aProjectsWorld()
    world.services.sprints = [aSprint({ sprint_id: 'S1', project_id: PROJECT })]
    const count = rounds(world)
    await world.post()
    expect(count()).toBe(2)
    await world.post()
    expect(count()).toBe(3)
  })

  it('when it opens a sprint and moves tasks back', async () => {
    const world = await aProjectsWorld()
    world.services.tasks = tasksOf(PROJECT, 14)
    const count = rounds(world)
    await world.post()
    // Read, create, move back.
    expect(count()).toBe(3)
  })

  it('when it closes a sprint and opens the next', async () => {
    const world = await aProjectsWorld()
    const { services } = world
    services.tasks = tasksOf(PROJECT, 4)
    await world.post()
    services.tasks = [...services.tasks.map((task) => ({ ...task, status: 'completed' })), ...tasksOf('x', 14)].map(
      (task) => ({ ...task, project: PROJECT }),
    )
    await world.post({ dry_run: true })
    const { around } = services
    await world.sweep()
    services.around = around
    const count = rounds(world)
    const answer = await world.post()
    expect(answer.actions_taken).toHaveLength(5)
    expect(count()).toBeLessThanOrEqual(4)
  })
})
