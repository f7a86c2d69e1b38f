/** What the review gate asks of the world: a store of open pull requests and gates, and what GitHub says of a pull request. */
import type { Instant } from '#lib/clock'
import type { Slice } from './ports.ts'
import type { Standing } from './review.ts'
import type { ListingTag } from './source.ts'

/** A pull request of the queue's that is not done with. A shadow of its job's record, written behind it. */
export interface TrackedPull {
  readonly repository: string
  readonly pull: number
  /** The issue's number. */
  readonly number: number
  readonly standing: Standing
  /** When it came to stand so. */
  readonly since: Instant
  /** The version of the job's record that says so. */
  readonly version: number
  /** What the newest look at GitHub left for the next one to ask by. */
  readonly tag: ListingTag | null
}

/** Which repositories' gates are closed, as last worked out. */
export interface Gates {
  readonly closed: readonly string[]
  readonly version: number
}

export interface ReviewStore {
  /** Strongly consistent, lowest number first. */
  tracked(repository: string, limit: number, cursor?: string): Promise<Slice<TrackedPull>>
  /** The issue that a pull request belongs to, tracked or lately done with; undefined when it is none of the queue's. */
  issueOf(repository: string, pull: number): Promise<number | undefined>
  /** Writes the shadow unless one of this version or a newer one is there. */
  track(pull: TrackedPull): Promise<void>
  /** Takes the shadow away unless a newer one is there. */
  untrack(pull: Pick<TrackedPull, 'repository' | 'pull' | 'number' | 'version' | 'since'>): Promise<void>
  /** Keeps the tag, unless the shadow has changed. */
  remember(pull: TrackedPull, tag: ListingTag): Promise<void>
  /** 0.5 read units, at most a moment old; 1 when `consistent`. */
  gates(options?: { readonly consistent?: boolean }): Promise<Gates>
  /** False when they changed since they were read. */
  saveGates(gates: Gates): Promise<boolean>
}

/** One review as GitHub has it. Its body is untrusted text. */
export interface PullReview {
  readonly id: number
  readonly author: string
  readonly association: string
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed'
  readonly body: string
  readonly submitted_at: Instant
}

/** A remark on a line of the change. Untrusted text. */
export interface PullRemark {
  readonly review: number | null
  readonly author: string
  readonly path: string
  readonly line: number | null
  readonly body: string
}

export type PullLook =
  | { readonly kind: 'unchanged' }
  /** The repository answers, but knows no such pull request. */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'seen'
      readonly tag: ListingTag
      readonly state: 'open' | 'closed'
      /** Null unless it was merged. */
      readonly merged_at: Instant | null
      /** Oldest first. */
      readonly reviews: readonly PullReview[]
    }

/** What a listing says of a pull request. */
interface ListedPull {
  readonly pull: number
  readonly state: 'open' | 'merged' | 'closed'
  readonly updated_at: Instant
}

type RecentPulls =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'listed'; readonly tag: ListingTag; readonly pulls: readonly ListedPull[] }

/** Reading pull requests. Throws as IssueSource.list does. Implemented by lib/github. */
export interface PullSource {
  /** The fifty that changed last, whatever became of them, the newest change first. One call, free while nothing changed. */
  recent(repository: string, tag: ListingTag | undefined): Promise<RecentPulls>
  look(repository: string, pull: number, tag: ListingTag | undefined): Promise<PullLook>
  /** The newest remarks, oldest of them first, a hundred at most. */
  remarks(repository: string, pull: number): Promise<readonly PullRemark[]>
}
