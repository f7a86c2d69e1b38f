/** What GitHub's webhooks lead to: a look at one issue, on the poll's own way, or word of a pull request to who cares. */
import type { Clock, Instant } from '#lib/clock'
import { toAppError } from '#lib/errors'
import type { createReconcile } from './reconcile.ts'
import type { PollStore } from './source.ts'

/** What became of a pull request, by the word of a person or of GitHub. */
export interface ReviewFact {
  readonly repository: string
  /** The pull request's number. */
  readonly pull: number
  /** The branch it comes from; ours is `ai-feature/issue-<n>`. Untrusted text. */
  readonly branch: string
  readonly verdict: 'approved' | 'changes_requested' | 'merged' | 'closed' | 'reopened'
  /** What the reviewer wrote, bounded; empty for a merge or a closing. Untrusted text. */
  readonly feedback: string
  /** Who said so. */
  readonly by: string
  /** When, by GitHub's clock: what is older than what is known is no news. */
  readonly at: Instant
}

/** One webhook, as far as it matters. It is a hint: what it leads to is read from GitHub anew, or judged by its time. */
export type Delivery =
  | { readonly kind: 'issue'; readonly id: string; readonly repository: string; readonly number: number }
  | { readonly kind: 'review'; readonly id: string; readonly fact: ReviewFact }

export interface DeliveryStore {
  /** False when a delivery of this id is known already. 1 write unit. */
  keep(delivery: Delivery, correlation_id: string, now: Instant): Promise<boolean>
}

/** Hears what people and GitHub say of pull requests. May hear the same twice, and late. */
export interface ReviewObserver {
  observe(fact: ReviewFact, correlation_id: string): Promise<void>
}

export interface DeliveriesPorts {
  readonly reconcileOne: ReturnType<typeof createReconcile>['reconcileOne']
  readonly polls: Pick<PollStore, 'closedUntil' | 'closeUntil'>
  /** Left out, nobody cares for reviews. */
  readonly reviews?: ReviewObserver | undefined
  /** True for a reviewer whose word counts. */
  readonly mayReview: (repository: string, login: string) => Promise<boolean>
  readonly clock: Clock
}

/** How the work on a delivery ended; `left` to the next poll when GitHub would not be asked. */
export type Outcome =
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'left'; readonly detail: string }

const NEVER_OVER = () => false

export function createDeliveries({ reconcileOne, polls, reviews, mayReview, clock }: DeliveriesPorts) {
  /** Throws only when the store fails: what GitHub refuses, the next poll makes good. */
  return async function work(delivery: Delivery, correlation_id: string): Promise<Outcome> {
    if (clock.now() < (await polls.closedUntil())) return { kind: 'left', detail: 'GitHub asked to wait.' }
    try {
      return delivery.kind === 'issue'
        ? await look(delivery, correlation_id)
        : await tell(delivery.fact, correlation_id)
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'internal' || error.code === 'unavailable') throw thrown
      if (error.retryAfter !== undefined) await polls.closeUntil(clock.now() + error.retryAfter * 1000)
      return { kind: 'left', detail: error.message }
    }
  }

  async function look({ repository, number }: Extract<Delivery, { kind: 'issue' }>, correlation_id: string) {
    const watch = { now: clock.now(), known: {}, found: {} }
    const { settled, ...count } = await reconcileOne(repository, number, { correlation_id, isOver: NEVER_OVER, watch })
    const [fate] = Object.entries(count).flatMap(([name, many]) => (many > 0 ? [name] : []))
    const kind = settled ? 'done' : 'left'
    return { kind, detail: fate ?? 'to be looked at again' } as const
  }

  async function tell(fact: ReviewFact, correlation_id: string): Promise<Outcome> {
    if (reviews === undefined) return { kind: 'done', detail: 'nobody cares for reviews' }
    const isOpinion = fact.verdict === 'approved' || fact.verdict === 'changes_requested'
    if (isOpinion && !(await mayReview(fact.repository, fact.by))) {
      return { kind: 'done', detail: 'the reviewer has no write access' }
    }
    await reviews.observe(fact, correlation_id)
    return { kind: 'done', detail: fact.verdict }
  }
}
