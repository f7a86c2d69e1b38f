/** The steps that open and close sprints. Each reads back what exists before it takes a failure, or a repeat, for granted. */
import { AppError } from '#lib/errors'
import { attempt, type Effect, NOTHING, type Stop } from './effects.ts'
import type { StepOf } from './model.ts'
import { inParallel } from './parallel.ts'
import type { Sprint, Task, Upstream } from './ports.ts'
import type { Performance } from './stage.ts'
import { action, notice } from './words.ts'

/** Tasks moved back at once: enough to be quick, few enough for a small service. */
const MOVES_AT_ONCE = 8
/** A task that somebody works on, or that is done, stays in its sprint. */
const MOVABLE = 'assigned_to_sprint'

interface NotClosed {
  readonly error: AppError
  /** Tasks that the sprint had completed when we looked. */
  readonly expected: number
  readonly project: string
}

export function createSprintSteps(upstream: Upstream) {
  return { close, create, trim }

  async function close({ sprint_id }: StepOf<'close_sprint'>, on: Performance): Promise<Effect> {
    // A sprint is only closed when nothing of it is open, so what it completed is known beforehand.
    const expected = on.inputs.kind === 'orchestration' ? (on.inputs.tasks?.completed_tasks ?? 0) : 0
    if (on.repeated && !(await isOpen(on.project, sprint_id))) return closed(sprint_id, expected, 0)
    const tried = await attempt(() => upstream.closeSprint(sprint_id))
    if ('error' in tried) return notClosed(sprint_id, { error: tried.error, expected, project: on.project })
    return closed(sprint_id, tried.done.completed, tried.done.moved_to_backlog)
  }

  async function notClosed(sprint_id: string, { error, expected, project }: NotClosed): Promise<Effect> {
    // The service says for sure that there is nothing to close: between our look and this, somebody else did it.
    if (error.code === 'conflict') return { remarks: [notice.closedElsewhere(sprint_id)] }
    if (error.code === 'not_found') return { remarks: [notice.sprintGone(sprint_id)] }
    const now = await attempt(() => isOpen(project, sprint_id))
    if ('error' in now || now.done) {
      return failed(`Sprint ${sprint_id} could not be closed`, { error, certain: 'done' in now })
    }
    // A failure may stand for the refusal of a closed sprint; of a lost reply nothing but success is left.
    return isMasked(error) ? { remarks: [notice.closedElsewhere(sprint_id)] } : closed(sprint_id, expected, 0)
  }

  async function create({ name, weeks }: StepOf<'create_sprint'>, on: Performance): Promise<Effect> {
    if (on.repeated) {
      const standing = await findActive(on.project, name)
      if (standing !== undefined) return adopted(on, standing)
      if (on.stale) return failed(`Sprint ${name} was not created in time and is not needed any more`, outdated())
    }
    const tried = await attempt(() => upstream.createSprint(on.project, name, weeks))
    if ('error' in tried) return notCreated(name, tried.error, on)
    const { sprint_id, assigned, warnings } = tried.done
    return { actions: [action.sprintCreated(sprint_id)], failures: warnings, sprint_created: { sprint_id, assigned } }
  }

  /** Looks again: the reply may have been lost, a late first try may have come through, somebody else may have been quicker. */
  async function notCreated(name: string, error: AppError, on: Performance): Promise<Effect> {
    const what = `Sprint ${name} could not be created`
    const found = await attempt(() => upstream.sprints(on.project))
    if ('error' in found) return failed(what, { error, certain: false })
    const active = found.done.find(({ status }) => status === 'in_progress')
    if (active?.sprint_name === name) return adopted(on, active)
    if (error.code !== 'conflict') return failed(what, { error, certain: true })
    if (active === undefined) return { remarks: [notice.notCreated(name, saidBy(error))] }
    return { remarks: [notice.openedElsewhere(name, active.sprint_id)], standing: active.sprint_id }
  }

  async function adopted({ project }: Performance, { sprint_id }: Sprint): Promise<Effect> {
    const assigned = (await tasksOf(project, sprint_id)).length
    return { actions: [action.sprintCreated(sprint_id)], sprint_created: { sprint_id, assigned } }
  }

  /** Moves back into the backlog what the service put into the sprint beyond `keep`. */
  async function trim({ keep, candidates }: StepOf<'trim_sprint'>, on: Performance): Promise<Effect> {
    const { created } = on
    if (created === null) return NOTHING
    const excess = created.assigned - keep
    const surplus = excess > 0 ? await surplusOf(on, created, candidates) : []
    const results = await inParallel(surplus.slice(0, Math.max(excess, 0)), MOVES_AT_ONCE, async (id) => {
      on.hold.check()
      return attempt(() => upstream.unassign(id))
    })
    const moved = results.filter((one) => one.status === 'fulfilled' && isOut(one.value)).length
    const thrown = results.find((one) => one.status === 'rejected')
    if (thrown !== undefined) throw thrown.reason
    const assigned = created.assigned - moved
    const left = Math.max(excess, 0) - moved
    return {
      actions: assigned > 0 ? [action.assigned(assigned)] : [],
      failures: left > 0 ? [`${left} task(s) above the limit could not be moved back into the backlog`] : [],
      sprint_created: { sprint_id: created.sprint_id, assigned },
    }
  }

  async function surplusOf(on: Performance, created: { sprint_id: string; assigned: number }, kept: readonly string[]) {
    const chosen = new Set(kept)
    // Known beforehand unless tasks came or went meanwhile; then, and in a repeat, the sprint itself is asked.
    if (on.unassigned?.length === created.assigned) return on.unassigned.filter((id) => !chosen.has(id))
    const tasks = await tasksOf(on.project, created.sprint_id)
    return tasks.flatMap(({ task_id, status }) => (status === MOVABLE && !chosen.has(task_id) ? [task_id] : []))
  }

  async function tasksOf(project: string, sprint: string): Promise<readonly Task[]> {
    return (await upstream.tasks(project)).filter(({ sprint_id }) => sprint_id === sprint)
  }

  async function findActive(project: string, name: string): Promise<Sprint | undefined> {
    const sprints = await upstream.sprints(project)
    return sprints.find(({ sprint_name, status }) => sprint_name === name && status === 'in_progress')
  }

  async function isOpen(project: string, id: string): Promise<boolean> {
    const sprints = await upstream.sprints(project)
    return sprints.some(({ sprint_id, status }) => sprint_id === id && status === 'in_progress')
  }
}

function failed(what: string, stop: Stop): Effect {
  return { failures: [`${what}: ${stop.error.message}`], stop }
}

function closed(sprint_id: string, completed: number, moved: number): Effect {
  return { actions: [action.sprintClosed(sprint_id)], sprint_closed: { sprint_id, completed, moved } }
}

/** A task that is gone is not in the sprint either. */
const isOut = (tried: object): boolean =>
  'done' in tried || ('error' in tried && tried.error instanceof AppError && tried.error.code === 'not_found')

/** The sprint service answers 500 where its own refusal was caught too late. */
const isMasked = ({ details }: AppError): boolean => details['status'] === 500

const saidBy = ({ details, message }: AppError): string => {
  const said = details['said']
  return typeof said === 'string' && said !== '' ? said : message
}

function outdated(): Stop {
  return { error: new AppError('conflict', 'The decision is too old to be begun.'), certain: true }
}
