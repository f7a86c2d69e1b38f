/**
 * Keeps the shadow of every open pull request, and from it the gates, in line with the jobs' records. Called behind the
 * table's stream for each change of a job, and by whoever made one; safe to repeat, to race and to die in.
 */
import { contended } from './contended.ts'
import type { Job } from './model.ts'
import type { QueueStore } from './ports.ts'
import { pullOf, standpointOf } from './review.ts'
import type { ReviewStore, TrackedPull } from './review-ports.ts'

export interface TrackingPorts {
  readonly store: Pick<QueueStore, 'record'>
  readonly reviews: ReviewStore
  /** Pull requests that may await review in a repository before its gate closes. */
  readonly limit: number
}

export type Tracking = ReturnType<typeof createTracking>

/** Concurrent writers settle in a round or two. */
const MAX_ROUNDS = 8
/** Open pull requests read per page: about 3 read units. */
const PAGE = 100

export function createTracking({ store, reviews, limit }: TrackingPorts) {
  return { follow, regate }

  /** Nothing unless the change touches a pull request: leases and heartbeats of ordinary jobs cost nothing here. */
  async function follow(before: Job | undefined, after: Job): Promise<void> {
    const was = before && standpointOf(before)
    const is = standpointOf(after)
    if (was?.pull === is?.pull && was?.standing === is?.standing) return
    const pulls = new Set([was?.pull, is?.pull, pullOf(after.previous?.pr_url ?? null)])
    await shadow(
      after,
      [...pulls].filter((pull) => pull !== undefined),
    )
    await regate(after.key.repository)
  }

  /** Writes `job`'s shadow, then looks whether the record has moved on: whoever is last leaves what is true. */
  async function shadow(job: Job, pulls: readonly number[]): Promise<void> {
    let written = job
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const known = new Set([...pulls, standpointOf(written)?.pull])
      for (const pull of known) if (pull !== undefined) await cast(written, pull)
      const current = await store.record(job.key)
      if (current === undefined || current.version <= written.version) return
      written = current
    }
    throw contended()
  }

  async function cast(job: Job, pull: number): Promise<void> {
    const standpoint = standpointOf(job)
    const entry = { ...job.key, pull, version: job.version, since: job.changed_at }
    if (standpoint?.pull === pull) await reviews.track({ ...entry, standing: standpoint.standing, tag: null })
    else await reviews.untrack(entry)
  }

  /**
   * Works out whether the repository's gate is closed and writes that down if it is news. It ends with a look that agrees
   * with what is written, so the last of several at work leaves the truth. Returns how many await review.
   */
  async function regate(repository: string): Promise<number> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const gates = await reviews.gates({ consistent: true })
      const awaiting = await countAwaiting(repository)
      const isClosed = awaiting >= limit
      if (isClosed === gates.closed.includes(repository)) return awaiting
      const others = gates.closed.filter((name) => name !== repository)
      await reviews.saveGates({ ...gates, closed: isClosed ? [...others, repository] : others })
    }
    throw contended()
  }

  async function countAwaiting(repository: string): Promise<number> {
    let count = 0
    for await (const { standing } of everyTracked(reviews, repository)) if (standing === 'awaiting') count += 1
    return count
  }
}

/** Every open pull request of a repository. As many as people leave open, never the ones that are done with. */
export async function* everyTracked(reviews: ReviewStore, repository: string): AsyncGenerator<TrackedPull> {
  let cursor: string | undefined
  do {
    const page = await reviews.tracked(repository, PAGE, cursor)
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}
