import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { auditNoteOf } from '#lib/projects/audit'
import { replayed } from '#lib/projects/decisions'
import { eventsOf } from '#lib/projects/events'
import { aCronJob } from '#test/helpers/projects/cluster'
import { aSimilar } from '#test/helpers/projects/inputs'
import { aSprint, NO_HISTORY, tasksOf } from '#test/helpers/projects/upstream'
import { aPost, aProjectsWorld, never, PROJECT } from '#test/helpers/projects/world'

const FIRST = 'SHOP-001-S01'
const FIRST_CRONJOB = 'run-dailyscrum-shop-001-shop-001-s01'

async function aBacklog(count: number) {
  const world = await aProjectsWorld()
  world.services.tasks = tasksOf(PROJECT, count)
  return world
}

async function anActiveSprint() {
  const world = await aProjectsWorld()
  world.services.sprints = [aSprint({ sprint_id: FIRST, project_id: PROJECT })]
  world.services.tasks = tasksOf(PROJECT, 4, { status: 'assigned_to_sprint', sprint_id: FIRST, assigned_to: 'E1' })
  return world
}

const spec = { project: PROJECT, sprint: FIRST, schedule: '0 14 * * 1-5', time_zone: null }

describe('a project without a sprint', () => {
  it('gets one with the tasks that fit; the others go back into the backlog, and the truth is told', async () => {
    const { post, services, cluster } = await aBacklog(14)
    const answer = await post()

    expect(answer).toMatchObject({
      sprint_id: FIRST,
      cronjob_name: FIRST_CRONJOB,
      actions_taken: [`Created new sprint ${FIRST}`, 'Assigned 10 tasks to sprint', `Created cronjob ${FIRST_CRONJOB}`],
      decisions: {
        create_new_sprint: true,
        tasks_to_assign: 10,
        cronjob_created: true,
        decision_type: 'CREATE_SPRINT',
      },
      decision_id: `${PROJECT}-D1`,
      warnings: [],
    })
    expect(services.tasks.filter(({ status }) => status === 'unassigned').map(({ task_id }) => task_id)).toEqual([
      'SHOP-001-T011',
      'SHOP-001-T012',
      'SHOP-001-T013',
      'SHOP-001-T014',
    ])
    expect(cluster.cronJobs).toHaveLength(1)
  })

  it('keeps every task in the backlog when assign_tasks is false', async () => {
    const { post, services } = await aBacklog(3)
    const answer = await post({ options: { assign_tasks: false } })

    expect(answer.actions_taken).toEqual([`Created new sprint ${FIRST}`, `Created cronjob ${FIRST_CRONJOB}`])
    expect(services.tasks.every(({ status }) => status === 'unassigned')).toBe(true)
    expect(answer.decisions.tasks_to_assign).toBe(0)
  })

  it('asks the sprint itself when tasks came in between', async () => {
    const { post, services } = await aBacklog(12)
    services.around = async (call, run) => {
      if (call === 'createSprint') services.tasks = [...services.tasks, { ...services.tasks[0]!, task_id: 'LATE' }]
      return run()
    }
    const answer = await post()

    expect(answer.actions_taken[1]).toBe('Assigned 10 tasks to sprint')
    expect(services.tasks.filter(({ sprint_id }) => sprint_id === FIRST)).toHaveLength(10)
  })

  it('tells how many tasks could not be moved back', async () => {
    const { post, services } = await aBacklog(12)
    services.around = (call, run) => (call === 'unassign' ? Promise.reject(new AppError('unavailable', 'No.')) : run())
    const answer = await post()

    expect(answer.actions_taken[1]).toBe('Assigned 12 tasks to sprint')
    expect(answer.warnings).toEqual(['2 task(s) above the limit could not be moved back into the backlog'])
  })

  it('gets the weeks and the count that were applied, not those of the rules', async () => {
    const { post, services } = await aBacklog(14)
    services.history = { ...NO_HISTORY, similar: [aSimilar(), aSimilar(), aSimilar()] }
    const answer = await post()

    expect(answer.decisions).toMatchObject({ tasks_to_assign: 7, decision_source: 'intelligence_enhanced' })
    expect(services.tasks.filter(({ sprint_id }) => sprint_id === FIRST)).toHaveLength(7)
  })

  it('is kept when its CronJob fails: 200, what happened and a warning for what did not', async () => {
    const { post, cluster, services } = await aBacklog(3)
    cluster.applyFailure = () => new AppError('forbidden', 'Not allowed: create cronjobs in dsm.')
    const answer = await post()

    expect(answer.decisions.cronjob_created).toBe(false)
    expect(answer.cronjob_name).toBeNull()
    expect(answer.actions_taken).toContain(`Failed to create cronjob for sprint ${FIRST}`)
    expect(answer.warnings).toEqual([
      `The CronJob of sprint ${FIRST} could not be created: Not allowed: create cronjobs in dsm.`,
    ])
    expect(services.sprints).toHaveLength(1)

    cluster.applyFailure = undefined
    expect((await post()).decisions).toMatchObject({ decision_type: 'SELF_HEAL', cronjob_created: true })
  })

  it('gets none when the sprint service fails, and nothing is left behind', async () => {
    const { post, services, store, decisions } = await aBacklog(3)
    services.around = (call, run) =>
      call === 'createSprint' ? Promise.reject(new AppError('unavailable', 'No.')) : run()

    await expect(post()).rejects.toMatchObject({ code: 'unavailable' })
    expect((await store.load(PROJECT)).state).toMatchObject({ seq: 0, open: null })
    expect(await decisions()).toEqual([])
  })

  it('a dry run says what would be done and does nothing', async () => {
    const { post, services, cluster, decisions } = await aBacklog(3)
    const answer = await post({ dry_run: true })

    expect(answer).toMatchObject({
      decision_id: null,
      actions_taken: [],
      decisions: { create_new_sprint: true, cronjob_created: false },
      dry_run: true,
      planned_actions: [
        'Create sprint SHOP-001-S01 of 2 week(s)',
        'Leave 3 task(s) in the sprint',
        'Create the cronjob of sprint to be created',
      ],
    })
    expect([services.sprints, cluster.cronJobs, await decisions()]).toEqual([[], [], []])
  })
})

describe('an active sprint', () => {
  it('has its suspended CronJob repaired, and it is not called created', async () => {
    const { post, cluster } = await anActiveSprint()
    cluster.cronJobs = [aCronJob(spec, { suspended: true })]
    const answer = await post()

    expect(answer).toMatchObject({ cronjob_name: FIRST_CRONJOB, actions_taken: [`Repaired cronjob ${FIRST_CRONJOB}`] })
    expect(answer.decisions).toMatchObject({ decision_type: 'REPAIR_DRIFT', cronjob_created: false })
    expect(cluster.cronJobs[0]?.suspended).toBe(false)
  })

  it('has a CronJob that does not fire made anew', async () => {
    const { post, cluster, clock } = await anActiveSprint()
    cluster.cronJobs = [aCronJob(spec, { created_at: clock.now() - hours(24 * 5) })]
    const answer = await post()

    expect(answer.decisions.reasoning).toContain('missed')
    expect(cluster.cronJobs).toMatchObject([{ created_at: clock.now() }])
    expect((await post()).decisions.decision_type).toBe('MONITOR')
  })

  it('is found by its labels even when its CronJob has another name', async () => {
    const { post, cluster, clock } = await anActiveSprint()
    cluster.cronJobs = [aCronJob(spec, { name: 'scrum-by-hand', created_at: clock.now() })]
    expect((await post()).decisions.decision_type).toBe('MONITOR')

    cluster.cronJobs[0]!.suspended = true
    expect((await post()).actions_taken).toEqual([`Repaired cronjob ${FIRST_CRONJOB}`])
    expect(cluster.cronJobs).toMatchObject([{ name: FIRST_CRONJOB, suspended: false }])
  })

  it('never overwrites a stranger of the same name', async () => {
    const { post, cluster } = await anActiveSprint()
    cluster.cronJobs = [aCronJob(spec, { ours: false, schedule: '1 1 * * *' })]
    const answer = await post()

    expect(answer.actions_taken).toEqual([`Failed to create cronjob for sprint ${FIRST}`])
    expect(answer.warnings[0]).toContain('is not ours')
    expect(cluster.cronJobs).toMatchObject([{ schedule: '1 1 * * *' }])
  })

  it('keeps the schedule that a request named, until the policy names another', async () => {
    const { post, cluster, projects, clock } = await anActiveSprint()
    await post({ schedule: '0 9 * * 1-5' })
    expect((await post()).decisions.decision_type).toBe('MONITOR')
    expect(cluster.cronJobs).toMatchObject([{ schedule: '0 9 * * 1-5' }])

    clock.advance(minutes(1))
    await projects.policies.put(PROJECT, { mode: 'enforce', schedule: '0 8 * * 1-5', time_zone: 'Europe/Berlin' })
    expect((await post()).decisions.decision_type).toBe('REPAIR_DRIFT')
    expect(cluster.cronJobs).toMatchObject([{ schedule: '0 8 * * 1-5', time_zone: 'Europe/Berlin' }])
  })
})

describe('a service that is away', () => {
  it.each(['project', 'backlog', 'sprint'] as const)('%s is named', async (service) => {
    const { post, services } = await aBacklog(3)
    services.down.add(service)
    await expect(post()).rejects.toMatchObject({ code: 'upstream_unavailable', details: { service } })
  })

  it('Chronicle is done without', async () => {
    const { post, services } = await aBacklog(3)
    services.down.add('chronicle')
    const answer = await post()

    expect(answer.sprint_id).toBe(FIRST)
    expect(answer.warnings).toEqual(['Chronicle is unreachable: decided by rules alone'])
    expect(answer.analysis.historical_context).toMatchObject({ available: false })
  })

  it('Chronicle is not waited for longer than three seconds', async () => {
    const world = await aBacklog(3)
    world.services.around = (call, run) => (call === 'history' ? new Promise(() => undefined) : run())
    const projects = world.with({ alarm: (ms) => (ms === 3_000 ? Promise.resolve() : never(ms)) })

    expect((await projects.orchestrate(aPost())).warnings).toEqual(['Chronicle is unreachable: decided by rules alone'])
  })

  it('one that hangs is named when the deadline is over', async () => {
    const world = await aBacklog(3)
    world.services.around = (call, run) => (call === 'backlog' ? new Promise(() => undefined) : run())
    const projects = world.with({ alarm: async () => new Promise((resolve) => setTimeout(resolve, 20)) })

    await expect(projects.orchestrate(aPost())).rejects.toMatchObject({ details: { service: 'backlog' } })
  })

  it('the cluster’s refusal is not the caller’s fault, and nothing is begun without it', async () => {
    const { post, cluster, services } = await aBacklog(3)
    cluster.failure = new AppError('forbidden', 'Not allowed: list cronjobs.', {
      details: { verb: 'list', resource: 'cronjobs' },
    })

    await expect(post()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'cluster', verb: 'list', resource: 'cronjobs' },
    })
    expect(services.sprints).toEqual([])
    services.tasks = []
    expect((await post()).decisions.decision_type).toBe('MAINTENANCE')
  })

  it('an unknown project is not found, whatever the other services say of it', async () => {
    const { post, services } = await aBacklog(3)
    services.down.add('sprint')
    await expect(post({ project: 'NONE-1' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('ten requests at once', () => {
  it('make one sprint and one CronJob, and tell one story', async () => {
    const { post, services, cluster, decisions } = await aBacklog(14)
    const answers = await Promise.all(Array.from({ length: 10 }, () => post()))

    expect(services.sprints).toHaveLength(1)
    expect(cluster.cronJobs).toHaveLength(1)
    expect(services.tasks.filter(({ sprint_id }) => sprint_id === FIRST)).toHaveLength(10)
    expect(answers.filter(({ sprint_id }) => sprint_id === FIRST)).toHaveLength(1)
    expect(new Set(answers.map(({ decision_id }) => decision_id)).size).toBe(10)
    const others = answers.filter(({ sprint_id }) => sprint_id === null)
    for (const { decisions: its } of others)
      expect(its.reasoning).toBe(`Active sprint ${FIRST} found with an existing CronJob. No action needed.`)
    expect((await decisions()).map(({ seq }) => seq)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  it('are told to come again when the first takes too long', async () => {
    const world = await aBacklog(3)
    await world.store.lock(`project:${PROJECT}`, 'somebody', world.clock.now(), world.clock.now() + hours(1))
    const projects = world.with({ sleep: () => Promise.resolve() })
    await expect(projects.orchestrate(aPost())).rejects.toMatchObject({ code: 'conflict', retryAfter: 2 })
  })
})

describe('a holder whose time is over', () => {
  it('does no further step', async () => {
    const { post, services, clock } = await aBacklog(3)
    services.around = async (call, run) => {
      const answer = await run()
      if (call === 'backlog') clock.advance(minutes(1))
      return answer
    }
    await expect(post()).rejects.toMatchObject({ code: 'conflict' })
    expect(services.sprints).toEqual([])
  })
})

describe('the record of a decision', () => {
  it('makes one event for each change and one for the decision, numbered without a gap', async () => {
    const { post, decisions } = await aBacklog(14)
    await post()
    await post()
    const [second, first] = await decisions()

    expect(eventsOf(first!).map(({ event_type, seq }) => [event_type, seq])).toEqual([
      ['SPRINT_CREATED', 1],
      ['CRONJOB_CREATED', 2],
      ['ORCHESTRATION_DECISION', 3],
    ])
    expect(eventsOf(second!)).toEqual([
      {
        event_id: 'project:SHOP-001:4',
        event_type: 'ORCHESTRATION_DECISION',
        timestamp: '2026-01-05T08:00:00.000Z',
        correlation_id: 'test',
        entity: { kind: 'project', id: PROJECT },
        seq: 4,
        project_id: PROJECT,
        decision_id: 'SHOP-001-D2',
        sprint_id: FIRST,
        decision_type: 'MONITOR',
        reasoning: `Active sprint ${FIRST} found with an existing CronJob. No action needed.`,
        warnings: [],
        actions_taken: [],
        cronjob_name: null,
        decision_source: 'rule_based_only',
      },
    ])
  })

  it('makes the note that Chronicle is owed', async () => {
    const { post, decisions } = await aBacklog(3)
    await post()
    const [record] = await decisions()

    expect(auditNoteOf(record!)).toMatchObject({
      audit_id: 'SHOP-001-D1',
      project_id: PROJECT,
      sprint_id: FIRST,
      timestamp: '2026-01-05T08:00:00.000Z',
      correlation_id: 'test',
      base_decision: { create_new_sprint: true, tasks_to_assign: 3 },
      applied_adjustments: {},
      final_decision: {
        decision_type: 'CREATE_SPRINT',
        actions_taken: [
          `Created new sprint ${FIRST}`,
          'Assigned 3 tasks to sprint',
          `Created cronjob ${FIRST_CRONJOB}`,
        ],
      },
      combined_reasoning: expect.stringContaining('Creating sprint'),
    })
  })

  it('is replayed to the same decision, and a difference is shown where there is one', async () => {
    const { post, projects, decisions } = await aBacklog(14)
    const { decision_id } = await post()
    expect(await projects.decisions.replay(decision_id!)).toMatchObject({ identical: true, diff: [] })

    const [record] = await decisions()
    const other = { ...record!, decision: { ...record!.decision, tasks_to_assign: 4 } }
    expect(replayed(other).diff).toEqual([{ path: '/tasks_to_assign', stored: 4, replayed: 10 }])
    await expect(projects.decisions.replay('SHOP-001-D99')).rejects.toMatchObject({ code: 'not_found' })
    await expect(projects.decisions.replay('nonsense')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is listed newest first, page by page', async () => {
    const { post, projects } = await aBacklog(3)
    for (let n = 0; n < 3; n++) await post()
    const first = await projects.decisions.list({ project: PROJECT, limit: 2 })
    const second = await projects.decisions.list({ project: PROJECT, limit: 2, cursor: first.next_cursor })

    expect([...first.decisions, ...second.decisions].map(({ decision_id }) => decision_id)).toEqual([
      'SHOP-001-D3',
      'SHOP-001-D2',
      'SHOP-001-D1',
    ])
    await expect(projects.decisions.list({ project: 'NONE-1', limit: 2 })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('stays below the size of an item, however much the services say', async () => {
    const { post, services, decisions } = await aBacklog(500)
    const long = 'ä'.repeat(20_000)
    services.history = {
      ...NO_HISTORY,
      similar: Array.from({ length: 500 }, () => aSimilar()),
      impediments: Array.from({ length: 500 }, () => long),
    }
    services.conflicts = Array.from({ length: 1000 }, () => ({
      type: 'pto',
      date: '2026-01-06',
      name: long,
      details: long,
    }))
    await post({ options: { max_tasks_per_sprint: 100 } })

    expect(JSON.stringify((await decisions())[0]).length).toBeLessThan(300_000)
  })
})
