/** The sweep's care for one project: looked at again under its lock, decided, carried out. */
import type { Clock, Sleep } from '#lib/clock'
import { longer } from './aftermath.ts'
import { READ_MS } from './analysis.ts'
import type { Carry } from './carry.ts'
import { deadline } from './deadline.ts'
import { isFree } from './draft.ts'
import { attempt, changedAnything } from './effects.ts'
import { decide } from './engine.ts'
import { warningsOf } from './events.ts'
import { withHolder } from './holder.ts'
import type { createLock, Hold } from './lock.ts'
import type { DecisionRecord } from './model.ts'
import type { CronJobs, LiveCronJob, Upstream } from './ports.ts'
import type { ProjectStore } from './store-ports.ts'
import { careInputs, isNews, problemIn } from './sweep-plan.ts'

export interface CarePorts {
  readonly store: ProjectStore
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
  readonly clock: Clock
  readonly alarm: Sleep
  readonly exclusively: ReturnType<typeof createLock>
  readonly carry: Carry
}

/** A decision of the sweep. */
export interface Told {
  readonly project_id: string
  readonly decision_id: string
  readonly decision_type: string
  readonly actions_taken: readonly string[]
  readonly warnings: readonly string[]
}

export interface Cared {
  /** Undefined when there was nothing to do, and nothing new to tell. */
  readonly told: Told | undefined
  /** True when a CronJob was created, repaired or deleted. */
  readonly changed: boolean
  /** What was to be done and was not. */
  readonly failures: readonly string[]
  /** What stays wrong with a CronJob that is to be healed, apart from `failures`; null for nothing. */
  readonly problem: string | null
}

/** A project's CronJobs in the sweep's one list, and the number of the decision before it. */
export interface SeenBySweep {
  readonly seq: number
  readonly lives: readonly LiveCronJob[]
}

interface CareRun {
  readonly project: string
  readonly seen: SeenBySweep
  readonly correlation_id: string
  readonly hold: Hold
}

export function createCare({ store, upstream, cronJobs, clock, alarm, exclusively, carry }: CarePorts) {
  return cared

  /** Looks again under the project's lock, then decides and acts. */
  async function cared(project: string, seen: SeenBySweep, correlation_id: string): Promise<Cared | 'busy'> {
    const tried = await attempt(() =>
      exclusively(project, 0, (hold) => careUnderLock({ project, seen, correlation_id, hold })),
    )
    if ('done' in tried) return tried.done
    if (tried.error.code === 'conflict') return 'busy'
    await postpone(project)
    throw tried.error
  }

  async function careUnderLock({ project, seen, correlation_id, hold }: CareRun): Promise<Cared> {
    const left = await store.load(project)
    const resumed = await carry.resume(project, left, hold)
    if (resumed !== undefined) return caredBy(resumed)
    const known = left.state.open === null ? left : await store.load(project)
    const within = deadline(alarm, READ_MS)
    const [sprints, lives] = await Promise.all([
      within('sprint', upstream.sprints(project)),
      // No decision since the sweep's own list: what it showed is what there is, and each step minds that it may not be.
      known.state.seq === seen.seq ? seen.lives : within('cluster', cronJobs.ofProject(project)),
    ])
    const active = sprints.find(({ status }) => status === 'in_progress')?.sprint_id
    const all = await within('cluster', withHolder(cronJobs, lives, project, active))
    const inputs = careInputs({ project, sprints, lives: all, known }, clock.now(), cronJobs.nameOf)
    const decision = decide(inputs)
    if (!isNews(decision, known.state.noted)) {
      return { told: undefined, changed: false, failures: [], problem: problemIn(inputs, decision) }
    }
    const found = { inputs, decision, unassigned: [], lives: all }
    return caredBy(await carry.out({ project, known, hold, trigger: 'sweep', correlation_id, ...found }))
  }

  /** The next sweeps leave a project alone for a while when its care failed as a whole. */
  async function postpone(project: string): Promise<void> {
    await attempt(async () => {
      const { state } = await store.load(project)
      await store.remember(project, { backoff: longer(state.backoff, clock.now()) })
    })
  }
}

function caredBy(record: DecisionRecord): Cared {
  const { project_id, decision_id, decision, outcome } = record
  const warnings = warningsOf(record)
  const changed = changedAnything(outcome)
  return {
    told: { project_id, decision_id, decision_type: decision.type, actions_taken: outcome.actions, warnings },
    changed,
    failures: outcome.failures,
    problem: changed || outcome.failures.length > 0 || !isToHeal(record) ? null : warnings.join('; ') || null,
  }
}

function isToHeal({ inputs }: DecisionRecord): boolean {
  return inputs.kind === 'care' && isFree(inputs.restraint)
}
