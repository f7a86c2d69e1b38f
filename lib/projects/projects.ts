/** The projects job as the functions use it: one factory over its ports. */
import type { Clock, Sleep } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { createAnalysis } from './analysis.ts'
import { createCarry } from './carry.ts'
import { createDecisions } from './decisions.ts'
import { createLearning } from './learning.ts'
import { createLock } from './lock.ts'
import { createOrchestrate } from './orchestrate.ts'
import { createPerform } from './performance.ts'
import { createPolicies } from './policy.ts'
import type { CronJobs, Upstream } from './ports.ts'
import { createQuality } from './quality.ts'
import { createRemoval } from './removal.ts'
import { createStatus } from './status.ts'
import type { Memory, ProjectStore } from './store-ports.ts'
import { createStrategies } from './strategies.ts'
import { createSweep } from './sweep.ts'

export interface ProjectsPorts {
  readonly store: ProjectStore
  readonly memory: Memory
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
  readonly clock: Clock
  readonly ids: Ids
  /** Waits for a lock. */
  readonly sleep: Sleep
  /** Wakes when a deadline is over. */
  readonly alarm: Sleep
}

export type Projects = ReturnType<typeof createProjects>
export type Knowledge = ReturnType<typeof createKnowledge>

/** What needs no cluster: what is known, what was decided, what may be done, and what is learned from it. */
export function createKnowledge(ports: Omit<ProjectsPorts, 'cronJobs'>) {
  return {
    quality: createQuality(ports),
    strategies: createStrategies(ports),
    decisions: createDecisions(ports),
    policies: createPolicies(ports),
    learn: createLearning(ports),
  }
}

export function createProjects(ports: ProjectsPorts) {
  const analyse = createAnalysis(ports)
  const exclusively = createLock(ports)
  const carry = createCarry({ ...ports, perform: createPerform(ports) })
  const parts = { ...ports, analyse, exclusively, carry }
  return {
    ...createKnowledge(ports),
    orchestrate: createOrchestrate(parts),
    status: createStatus(ports),
    removeCronJob: createRemoval(parts),
    sweep: createSweep(parts),
  }
}
