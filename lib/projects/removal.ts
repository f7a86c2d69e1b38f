/** An operator deletes a CronJob of a project. It is a decision like any other: locked, recorded, told. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { clusterAnswer } from './analysis.ts'
import type { Carry } from './carry.ts'
import { decide } from './engine.ts'
import { withHolder } from './holder.ts'
import { type createLock, type Hold, PATIENCE_MS } from './lock.ts'
import type { Outcome, Removal } from './model.ts'
import type { CronJobs, LiveCronJob } from './ports.ts'
import type { ProjectStore } from './store-ports.ts'
import { notOurs } from './words.ts'

export interface RemovalPorts {
  readonly store: ProjectStore
  readonly cronJobs: CronJobs
  readonly clock: Clock
  readonly exclusively: ReturnType<typeof createLock>
  readonly carry: Carry
}

export interface RemovalRequest {
  readonly project: string
  readonly name: string
  readonly correlation_id: string
}

export function createRemoval({ store, cronJobs, clock, exclusively, carry }: RemovalPorts) {
  /** Throws `not_found` when there is none of this name among the project's own; a stranger's is never touched; `conflict` for another installation's. */
  return async function remove(request: RemovalRequest) {
    const { project, name } = request
    await find(project, name)
    const status = await exclusively(project, PATIENCE_MS, (hold) => removed(request, hold))
    const message =
      status === 'deleted'
        ? `CronJob ${name} deleted successfully`
        : `CronJob ${name} is terminating: a finalizer holds it`
    return { message, cronjob_name: name, status }
  }

  async function removed({ project, name, correlation_id }: RemovalRequest, hold: Hold): Promise<Status> {
    const left = await store.load(project)
    const resumed = await carry.resume(project, left, hold)
    if (resumed?.inputs.kind === 'removal' && resumed.inputs.name === name) return statusOf(resumed.outcome)
    const known = left.state.open === null ? left : await store.load(project)
    const live = await find(project, name)
    const { sprint } = live
    const inputs: Removal = { kind: 'removal', project_id: project, at: clock.now(), name, sprint }
    const decision = decide(inputs)
    const begun = {
      project,
      known,
      hold,
      trigger: 'removal',
      correlation_id,
      inputs,
      decision,
      unassigned: [],
      lives: [live],
    } as const
    const { outcome } = await carry.out(begun)
    const [failure] = outcome.failures
    if (failure !== undefined) {
      throw new AppError('upstream_unavailable', failure, { details: { service: 'cluster' }, retryAfter: 5 })
    }
    if (outcome.cronjobs.length === 0 && outcome.remarks.length === 0) throw unknown(project, name)
    return statusOf(outcome)
  }

  /** With the one of the sprint that was active last, whose label may have been removed. */
  async function all(project: string): Promise<readonly LiveCronJob[]> {
    const [lives, { state }] = await Promise.all([cronJobs.ofProject(project), store.load(project)])
    return withHolder(cronJobs, lives, project, state.active?.sprint_id)
  }

  async function find(project: string, name: string) {
    const [result] = await Promise.allSettled([all(project)])
    const found = clusterAnswer(result).find((live) => live.name === name)
    if (found === undefined) throw unknown(project, name)
    if (found.owner === 'other_installation') throw new AppError('conflict', `${notOurs(found)}.`)
    return found
  }
}

type Status = 'deleted' | 'terminating'

/** A DELETE of what a finalizer holds deletes nothing yet. */
function statusOf({ cronjobs }: Outcome): Status {
  return cronjobs.length > 0 ? 'deleted' : 'terminating'
}

function unknown(project: string, name: string): AppError {
  return new AppError('not_found', `Project ${project} has no CronJob ${name}.`)
}
