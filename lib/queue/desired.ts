/** How many workers the queue could use now: from what waits, how fast it drains, and what GitHub still lets us write. */

export interface Load {
  /** Issues that wait. */
  readonly depth: number
  readonly in_progress: number
  /** Issues finished in the last hour. */
  readonly finished_last_hour: number
  /** Content writes that GitHub's limits leave us for the hour. */
  readonly github_writes_left: number
  /** Why no lease is given, if none is. */
  readonly blocked: string | undefined
}

export interface Desired {
  readonly workers_wanted: number
  /** What decided the number. */
  readonly reason: 'idle' | 'backlog' | 'github_writes' | 'max_workers' | 'blocked'
  readonly drain_rate_per_minute: number
}

/** The backlog should be gone in an hour: workers that start now are of use for longer than it takes to start them. */
const DRAIN_MINUTES = 60
/** An issue costs a label put on and one taken off when it is taken up, the same and a comment when it is finished. */
const WRITES_PER_ISSUE = 5

/**
 * Never more than `maxWorkers`, never fewer than those at work (as far as that allows): a worker in the middle of an issue
 * is not to be taken away. Pure.
 */
export function desiredWorkers(load: Load, maxWorkers: number): Desired {
  const drain_rate_per_minute = Math.round((load.finished_last_hour / 60) * 100) / 100
  const at = (wanted: number, reason: Desired['reason']): Desired =>
    wanted > maxWorkers
      ? { workers_wanted: maxWorkers, reason: 'max_workers', drain_rate_per_minute }
      : { workers_wanted: wanted, reason, drain_rate_per_minute }
  if (load.blocked !== undefined) return at(load.in_progress, 'blocked')
  if (load.depth === 0) return at(load.in_progress, 'idle')
  const backlog = forBacklog(load)
  const payable = Math.floor(Math.max(0, load.github_writes_left) / WRITES_PER_ISSUE)
  // More at once than GitHub lets us tell of within the hour would only make labels lag behind.
  if (payable < backlog - load.in_progress) return at(load.in_progress + payable, 'github_writes')
  return at(backlog, 'backlog')
}

/** One worker for each issue, or as few as drain the line in time at the pace that is seen; more than now in any case. */
function forBacklog({ depth, in_progress, finished_last_hour }: Load): number {
  const perWorkerAndMinute = in_progress > 0 ? finished_last_hour / 60 / in_progress : 0
  if (perWorkerAndMinute === 0) return in_progress + depth
  const inTime = Math.ceil((depth + in_progress) / (perWorkerAndMinute * DRAIN_MINUTES))
  return Math.min(in_progress + depth, Math.max(in_progress, inTime))
}
