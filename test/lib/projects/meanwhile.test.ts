import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { aSprint, tasksOf } from '#test/helpers/projects/upstream'
import { aProjectsWorld, PROJECT } from '#test/helpers/projects/world'

const OLD = `${PROJECT}-S09`

/** A sprint whose tasks are all done, and three tasks that wait. */
async function aFinishedSprint() {
  const world = await aProjectsWorld()
  const { services } = world
  services.sprints = [aSprint({ sprint_id: OLD, project_id: PROJECT })]
  const done = tasksOf(PROJECT, 2, { status: 'completed', sprint_id: OLD }).map((task, at) => ({
    ...task,
    task_id: `D${at}`,
  }))
  services.tasks = [...tasksOf(PROJECT, 3), ...done]
  /** What happens just before this call of ours. */
  const before = (name: string, happens: () => void) => {
    services.around = async (call, run) => {
      if (call === name) happens()
      return run()
    }
  }
  const closeOld = () => {
    services.sprints = services.sprints.map((one) => (one.sprint_id === OLD ? { ...one, status: 'completed' } : one))
  }
  return { ...world, before, closeOld }
}

describe('a sprint that somebody else closed after we looked', () => {
  it('is named in a warning, and the orchestration goes on', async () => {
    const { post, before, closeOld } = await aFinishedSprint()
    before('closeSprint', closeOld)

    const answer = await post()

    expect(answer.warnings).toEqual([`Sprint ${OLD} was not closed by us: it was not in progress any more`])
    expect(answer.actions_taken).not.toContain(`Closed sprint ${OLD}`)
    expect(answer).toMatchObject({ sprint_id: `${PROJECT}-S02`, cronjob_name: expect.any(String) })
  })

  it('is believed even where the list of sprints still shows it as active', async () => {
    const { post, services, closeOld } = await aFinishedSprint()
    services.around = async (call, run) => {
      if (call === 'closeSprint') throw new AppError('conflict', 'The sprint is not in progress.')
      if (call === 'createSprint') closeOld()
      return run()
    }

    const answer = await post()

    expect(answer.warnings).toEqual([`Sprint ${OLD} was not closed by us: it was not in progress any more`])
    expect(answer.sprint_id).toBe(`${PROJECT}-S02`)
  })

  it('is told the same way where the service fails instead of refusing', async () => {
    const { post, services, closeOld } = await aFinishedSprint()
    services.around = async (call, run) => {
      if (call !== 'closeSprint') return run()
      closeOld()
      throw new AppError('upstream_unavailable', 'The sprint service failed (500).', { details: { status: 500 } })
    }

    expect((await post()).warnings).toEqual([`Sprint ${OLD} was not closed by us: it was not in progress any more`])
  })

  it('may be gone altogether', async () => {
    const { post, services } = await aFinishedSprint()
    services.around = async (call, run) => {
      if (call !== 'closeSprint') return run()
      services.sprints = []
      throw new AppError('not_found', 'There is no such sprint.')
    }

    const answer = await post()

    expect(answer.warnings).toEqual([`Sprint ${OLD} was not closed: the sprint service does not know it any more`])
    expect(answer.actions_taken).toContain(`Created new sprint ${PROJECT}-S02`)
  })
})

describe('a sprint that we were about to create', () => {
  it('gives way to one that somebody else opened: that one gets its CronJob and keeps its tasks', async () => {
    const { post, services, before, cluster } = await aFinishedSprint()
    const theirs = aSprint({ sprint_id: 'THEIRS-1', project_id: PROJECT, sprint_name: 'Theirs' })
    before('createSprint', () => {
      services.sprints = [theirs, ...services.sprints]
    })

    const answer = await post({ options: { max_tasks_per_sprint: 1 } })

    expect(answer.warnings).toEqual([
      `Sprint ${PROJECT}-S02 was not created: sprint THEIRS-1 of this project is in progress already`,
    ])
    expect(answer.sprint_id).toBeNull()
    expect(cluster.cronJobs.map(({ sprint }) => sprint)).toEqual(['THEIRS-1'])
    expect(services.calls).not.toContain('unassign')
  })

  it('is not created for tasks that are gone, and the service’s reason is told', async () => {
    const { post, services, cluster } = await aFinishedSprint()
    services.around = async (call, run) => {
      if (call !== 'createSprint') return run()
      const said = 'No unassigned tasks found for project SHOP-001.'
      throw new AppError('conflict', 'The sprint service refused.', { details: { said } })
    }

    const answer = await post()

    expect(answer.actions_taken).toEqual([`Closed sprint ${OLD}`])
    expect(answer.warnings).toEqual([
      `Sprint ${PROJECT}-S02 was not created: the sprint service refused (No unassigned tasks found for project SHOP-001.)`,
    ])
    expect(cluster.cronJobs).toEqual([])
  })

  it('counts a task that was deleted meanwhile as not in the sprint', async () => {
    const { post, services } = await aFinishedSprint()
    services.around = async (call, run) => {
      if (call === 'unassign') throw new AppError('not_found', 'There is no such task.')
      return run()
    }

    const answer = await post({ options: { max_tasks_per_sprint: 1 } })

    expect(answer.warnings).toEqual([])
    expect(answer.actions_taken).toContain('Assigned 1 tasks to sprint')
  })
})
