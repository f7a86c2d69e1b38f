/** The answer to an autoscaler: the queue's load looked up, and what it asks for. */
import type { Clock, Instant } from '#lib/clock'
import { desiredWorkers } from './desired.ts'
import type { QueueCounts } from './ports.ts'
import type { DayBudget } from './spending.ts'

export interface OutlookPorts {
  readonly counts: () => Promise<QueueCounts>
  readonly finishedLastHour: (now: Instant) => Promise<number>
  /** Content writes that GitHub's limits leave for the hour. */
  readonly writesLeft: (now: Instant) => Promise<number>
  readonly dayBudget?: DayBudget | undefined
  readonly clock: Clock
  readonly maxWorkers: number
}

/** At most 3 read units. */
export function createOutlook(ports: OutlookPorts) {
  return async function desired() {
    const now = ports.clock.now()
    const [counts, finished_last_hour, github_writes_left, closed] = await Promise.all([
      ports.counts(),
      ports.finishedLastHour(now),
      ports.writesLeft(now),
      ports.dayBudget?.(now),
    ])
    // Counters follow the stream: for a moment one may be below what it will be.
    const [depth, in_progress] = [Math.max(0, counts.pending), Math.max(0, counts.in_progress)]
    const load = { depth, in_progress, finished_last_hour, github_writes_left, blocked: closed?.reason }
    return {
      ...desiredWorkers(load, ports.maxWorkers),
      depth,
      in_progress,
      github_writes_left,
      max_workers: ports.maxWorkers,
      ...(closed && { blocked: closed.reason }),
    }
  }
}
