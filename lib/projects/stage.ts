/** What a step works on. */
import type { Hold } from './lock.ts'
import type { Inputs, Outcome } from './model.ts'
import type { LiveCronJob } from './ports.ts'

export interface Performance {
  readonly project: string
  readonly inputs: Inputs
  readonly hold: Hold
  /** A first try may have done some of the steps. */
  readonly repeated: boolean
  /** So old that nothing new may be begun; what was begun is finished. */
  readonly stale: boolean
  /** Every unassigned task before the first step; undefined in a repeat. */
  readonly unassigned: readonly string[] | undefined
  /** The project's CronJobs as they were seen for the decision; undefined in a repeat. */
  readonly lives: readonly LiveCronJob[] | undefined
  /** The sprint that a step before has created. */
  readonly created: Outcome['sprint_created']
  /** The sprint that stood in the way of a step before: somebody else had opened it. */
  readonly standing: string | undefined
}
