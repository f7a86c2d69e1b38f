/** The queue as the functions use it: one factory over its ports. */
import type { Clock } from '#lib/clock'
import type { Chance } from '#lib/ids'
import type { Policy } from './decide.ts'
import type { Gate } from './gate.ts'
import { createNext } from './next.ts'
import { createOperations } from './operations.ts'
import type { Overlap } from './overlap.ts'
import type { QueueStore } from './ports.ts'
import { createReap } from './reap.ts'
import { createReports } from './reports.ts'
import type { DayBudget } from './spending.ts'

export interface QueuePorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly chance: Chance
  readonly policy: Policy
  /** Tells whether files overlap; left out where nothing is leased. */
  readonly overlap?: Overlap
  /** Repositories this queue serves, lower-case. */
  readonly repositories: () => Promise<readonly string[]>
  /** True for the address of a pull request of `repository` on the configured GitHub. */
  readonly isPullRequest: (url: string, repository: string) => boolean | Promise<boolean>
  /** Holds back the work of repositories whose pull requests wait for people; without one nothing is held back. */
  readonly gate?: Gate
  /** The day's money; left out, nobody counts it. */
  readonly dayBudget?: DayBudget | undefined
}

export type Queue = ReturnType<typeof createQueue>

export function createQueue(ports: QueuePorts) {
  const reap = createReap(ports)
  return {
    next: createNext({ ...ports, reap }),
    reap,
    ...createReports(ports),
    ...createOperations(ports),
  }
}
