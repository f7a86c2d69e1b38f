/** The sweep's look at everything: one list of CronJobs, one list of projects, one call for each project's sprints. */
import type { Clock, Sleep } from '#lib/clock'
import { toAppError } from '#lib/errors'
import { clusterAnswer, READ_MS } from './analysis.ts'
import { deadline } from './deadline.ts'
import { inParallel } from './parallel.ts'
import type { CronJobs, Upstream } from './ports.ts'
import { projectId } from './schemas.ts'
import type { ProjectStore } from './store-ports.ts'
import type { Snapshot } from './sweep-plan.ts'

export interface LookPorts {
  readonly store: ProjectStore
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
  readonly clock: Clock
  readonly alarm: Sleep
}

/** A project that could not be read or cared for. */
export interface Failed {
  readonly project_id: string
  readonly code: string
  readonly detail: string
}

/** Projects asked about, and cared for, at once. */
export const AT_ONCE = 8

export function createLook({ store, upstream, cronJobs, clock, alarm }: LookPorts) {
  /** Throws when the cluster or the list of projects, or every single project, cannot be read. */
  return async function look(inTime: () => void): Promise<{ snapshot: Snapshot; failures: readonly Failed[] }> {
    const now = clock.now()
    const within = deadline(alarm, READ_MS)
    // CronJobs first: one that is there belongs to a sprint that was there before it.
    const [[lives], [projects]] = await Promise.all([
      Promise.allSettled([within('cluster', cronJobs.list())]),
      Promise.allSettled([within('project', upstream.projects())]),
    ])
    const all = clusterAnswer(lives)
    if (projects.status === 'rejected') throw projects.reason
    const ids = projects.value.map(({ id }) => id)
    const refused = ids.flatMap((id) => refusalOf(id) ?? [])
    const names = ids.filter((id) => !refused.some(({ project_id }) => project_id === id))
    const known = await store.loadMany(names)
    const results = await inParallel(names, AT_ONCE, async (project) => {
      inTime()
      return deadline(alarm, READ_MS)('sprint', upstream.sprints(project))
    })
    const failures = results.flatMap((result, at) =>
      result.status === 'rejected' ? [failed(names[at] ?? '', result.reason)] : [],
    )
    if (names.length > 0 && failures.length === names.length) throw firstReason(results)
    const observed = results.flatMap((result, at) => {
      const project = names[at] ?? ''
      const its = known.get(project)
      return result.status === 'fulfilled' && its !== undefined ? [{ project, sprints: result.value, known: its }] : []
    })
    const left = [...failures, ...refused]
    const unread = left.map(({ project_id }) => project_id)
    return { snapshot: { now, cronJobs: all, observed, unread, nameOf: cronJobs.nameOf }, failures: left }
  }
}

/** What no route could be asked about is not healed either; undefined for an id that is all right. */
function refusalOf(project_id: string): Failed | undefined {
  const { error } = projectId.safeParse(project_id)
  if (error === undefined) return undefined
  const why = error.issues.map(({ message }) => message).join('; ')
  return { project_id, code: 'invalid', detail: `Its id ${why}: rename it in the project service.` }
}

export function failed(project_id: string, thrown: unknown): Failed {
  const { code, message } = toAppError(thrown)
  return { project_id, code, detail: message }
}

function firstReason(results: readonly PromiseSettledResult<unknown>[]): unknown {
  return results.find((result) => result.status === 'rejected')?.reason
}
