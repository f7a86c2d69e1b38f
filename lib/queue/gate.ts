/** The review gate as leasing sees it: which repositories have as many pull requests awaiting review as they may. */
import type { Instant } from '#lib/clock'
import type { Job } from './model.ts'
import { isRework } from './review.ts'
import type { ReviewStore } from './review-ports.ts'

/** What the gates said is good for this long: a burst of askers reads them once. */
const FRESH_MS = 1_000

export interface Gate {
  /** Repositories nothing new is leased of. At most a second old; 0.5 read units when it is read. */
  closed(now: Instant): Promise<ReadonlySet<string>>
  /** Pull requests that may await review in each repository. */
  readonly limit: number
}

export function createGate({
  reviews,
  limit,
}: {
  readonly reviews: Pick<ReviewStore, 'gates'>
  readonly limit: number
}): Gate {
  let latest: { readonly at: Instant; readonly closed: Promise<ReadonlySet<string>> } | undefined
  return {
    limit,
    closed(now) {
      if (latest !== undefined && now >= latest.at && now - latest.at < FRESH_MS) return latest.closed
      const asked = { at: now, closed: reviews.gates().then(({ closed }) => new Set(closed)) }
      latest = asked
      asked.closed.catch(() => {
        if (latest === asked) latest = undefined
      })
      return asked.closed
    },
  }
}

/** A queue without reviewers: everything may be leased. */
export const OPEN_GATE: Gate = { limit: Number.POSITIVE_INFINITY, closed: async () => new Set() }

/** True for work a closed gate holds back. What reviewers sent back passes: it is what opens the gate again. */
export function isHeldBack(job: Job, closed: ReadonlySet<string>): boolean {
  return closed.has(job.key.repository) && !isRework(job)
}

/** Why a worker is given nothing although there may be work. */
export function reasonOf(repositories: readonly string[], limit: number): string {
  const each = repositories.length === 1 ? '' : ' each'
  const pulls = limit === 1 ? '1 pull request' : `${limit} pull requests`
  const wait = limit === 1 ? 'awaits' : 'await'
  return `${pulls} of ${repositories.join(', ')}${each} ${wait} review, as many as may. Approve, merge or close one, or ask for changes.`
}
