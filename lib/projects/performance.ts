/** Does the steps of a decision, phase by phase, and says what came of them. Every step may be repeated. */
import { createCronJobSteps } from './cronjob-steps.ts'
import { added, type Effect, phasesOf, type Stop } from './effects.ts'
import { NO_OUTCOME, type Outcome, type Step } from './model.ts'
import type { CronJobs, Upstream } from './ports.ts'
import { createSprintSteps } from './sprint-steps.ts'
import type { Performance } from './stage.ts'

export interface Performed {
  readonly outcome: Outcome
  /** Set when a step failed that the rest depended on. */
  readonly stop: Stop | undefined
}

export function createPerform({ upstream, cronJobs }: { readonly upstream: Upstream; readonly cronJobs: CronJobs }) {
  const sprints = createSprintSteps(upstream)
  const jobs = createCronJobSteps(cronJobs)

  return async function perform(
    steps: readonly Step[],
    on: Omit<Performance, 'created' | 'standing'>,
  ): Promise<Performed> {
    let outcome = NO_OUTCOME
    let standing: string | undefined
    for (const phase of phasesOf(steps)) {
      on.hold.check()
      const created = outcome.sprint_created
      const results = await Promise.allSettled(phase.map((step) => one(step, { ...on, created, standing })))
      const effects = results.map((result) => {
        if (result.status === 'rejected') throw result.reason
        return result.value
      })
      outcome = effects.reduce(added, outcome)
      standing = effects.find((effect) => effect.standing !== undefined)?.standing ?? standing
      const stop = effects.find((effect) => effect.stop !== undefined)?.stop
      if (stop !== undefined) return { outcome, stop }
    }
    return { outcome, stop: undefined }
  }

  function one(step: Step, on: Performance): Promise<Effect> {
    switch (step.kind) {
      case 'close_sprint':
        return sprints.close(step, on)
      case 'create_sprint':
        return sprints.create(step, on)
      case 'trim_sprint':
        return sprints.trim(step, on)
      case 'delete_cronjob':
        return jobs.remove(step, on)
      case 'recreate_cronjob':
        return jobs.recreate(step, on)
      case 'create_cronjob':
      case 'repair_cronjob':
        return jobs.apply(step, on)
    }
  }
}
