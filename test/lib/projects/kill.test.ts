/** Death at every await: whoever comes next finishes, and nothing is done twice. */
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { projectEvent } from '#lib/projects/event-schema'
import { eventsOf } from '#lib/projects/events'
import { Killed, mortal } from '#test/helpers/projects/mortal'
import { aSprint, tasksOf } from '#test/helpers/projects/upstream'
import { aPost, aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

type World = Awaited<ReturnType<typeof aProjectsWorld>>

const OLD = 'SHOP-001-S01'
const NEW = 'SHOP-001-S02'

/** A finished sprint to be closed, and more tasks than a new one may take. */
async function aTurn(): Promise<World> {
  const world = await aProjectsWorld()
  const { services, cronJobs } = world
  services.sprints = [aSprint({ sprint_id: OLD, project_id: PROJECT })]
  services.tasks = [
    ...tasksOf(PROJECT, 14),
    { project: PROJECT, task_id: 'done', status: 'completed', assigned_to: null, sprint_id: OLD },
  ]
  await cronJobs.apply({ project: PROJECT, sprint: OLD, schedule: '0 14 * * 1-5', time_zone: null })
  return world
}

async function assess(world: World) {
  const { services, cluster, store, memory } = world
  expect(services.sprints.map(({ sprint_id, status }) => [sprint_id, status])).toEqual([
    [NEW, 'in_progress'],
    [OLD, 'completed'],
  ])
  expect(cluster.cronJobs.map(({ sprint }) => sprint)).toEqual([NEW])
  expect(services.tasks.filter(({ sprint_id }) => sprint_id === NEW)).toHaveLength(10)
  expect(services.tasks.filter(({ status }) => status === 'unassigned')).toHaveLength(4)
  expect((await store.load(PROJECT)).state.open).toBeNull()
  expect(await memory.ofProject(PROJECT)).toMatchObject([{ sprint_id: NEW, tasks: 10 }])

  const records = (await world.decisions()).toReversed()
  const events = records.flatMap(eventsOf)
  for (const event of events) expect(projectEvent.parse(event)).toEqual(event)
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1))
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
  for (const type of ['SPRINT_CLOSED', 'SPRINT_CREATED', 'CRONJOB_DELETED', 'CRONJOB_CREATED'])
    expect(
      events.filter(({ event_type }) => event_type === type),
      type,
    ).toHaveLength(1)
}

async function dieAt(at: number, when: 'before' | 'after') {
  const world = await aTurn()
  const process = mortal(world, { at, when })
  const first = await world
    .with(process.parts)
    .orchestrate(aPost())
    .catch((error: unknown) => error)
  return { world, first, died: first instanceof Killed, calls: process.calls() }
}

describe.each(['before', 'after'] as const)('a process that dies just %s any of its calls takes effect', (when) => {
  it('is finished by the same request sent again', async () => {
    for (let at = 1; ; at++) {
      const { world, died, calls } = await dieAt(at, when)
      if (!died && calls < at) {
        expect(at).toBeGreaterThan(25)
        break
      }
      world.clock.advance(minutes(1))
      await world.post()
      await assess(world)
    }
  }, 60_000)
})

describe('a process that died and is never asked again', () => {
  it('is finished by one sweep as far as it was begun', async () => {
    for (let at = 1; ; at++) {
      const { world, died, calls } = await dieAt(at, 'after')
      if (!died && calls < at) break
      const begun = (await world.store.load(PROJECT)).state.open !== null || world.services.sprints.length > 1
      world.clock.advance(minutes(1))
      await world.sweep()
      if (begun) await assess(world)
      else expect(world.services.sprints).toHaveLength(1)
    }
  }, 60_000)

  it('is not begun by a sweep much later, but what was begun is finished', async () => {
    for (let at = 1; ; at++) {
      const { world, died, calls } = await dieAt(at, 'after')
      if (!died && calls < at) break
      const sprints = world.services.sprints.length
      world.clock.advance(minutes(60))
      await world.sweep()
      await world.sweep()
      expect(world.services.sprints).toHaveLength(sprints)
      expect((await world.store.load(PROJECT)).state.open).toBeNull()
      if (sprints > 1) await assess(world)
    }
  }, 60_000)
})

describe.each(['before', 'after'] as const)('a sweep that dies just %s any of its calls takes effect', (when) => {
  it('is finished by the next one: healed once, told once', async () => {
    for (let at = 1; ; at++) {
      const world = await aProjectsWorld()
      world.services.sprints = [aSprint({ sprint_id: OLD, project_id: PROJECT })]
      const process = mortal(world, { at, when })
      const run = { correlation_id: 'sweep' }
      const died = await world
        .with(process.parts)
        .sweep(run)
        .catch((error: unknown) => error)
      const isOver = process.calls() < at
      world.clock.advance(minutes(5))
      await world.sweep()

      const events = (await world.decisions()).flatMap(eventsOf).map(({ event_type }) => event_type)
      expect(events, `${at}: ${String(died)}`).toEqual(['CRONJOB_CREATED', 'ORCHESTRATION_DECISION'])
      expect(world.cluster.cronJobs).toHaveLength(1)
      if (isOver) break
    }
  }, 60_000)
})

describe('a lost reply', () => {
  it.each(['createSprint', 'closeSprint'])('of %s is found out by looking', async (lost) => {
    const world = await aTurn()
    let hasFailed = false
    world.services.around = async (call, run) => {
      const answer = await run()
      if (call === lost && !hasFailed) {
        hasFailed = true
        throw new AppError('upstream_unavailable', 'The reply was lost.')
      }
      return answer
    }
    const answer = await world.post()

    expect(answer.actions_taken).toEqual([
      `Closed sprint ${OLD}`,
      'Deleted cronjob run-dailyscrum-shop-001-shop-001-s01',
      `Created new sprint ${NEW}`,
      'Assigned 10 tasks to sprint',
      'Created cronjob run-dailyscrum-shop-001-shop-001-s02',
    ])
    await assess(world)
  })
})
