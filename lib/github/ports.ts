/** What Coxswain asks of GitHub, and what GitHub's side asks of the store. */
import type { Instant } from '#lib/clock'

export type { PullReview, PullSource } from '#lib/queue/review-ports'
export type { Found, IssueSource, Listing, ListingTag, RateLimit, SourceIssue as GitHubIssue } from '#lib/queue/source'

/** What one issue should look like on GitHub after a transition of its job. */
export interface IssueWrite {
  readonly repository: string
  readonly number: number
  /** The one `ai-*` state label it should carry, or null for none. */
  readonly state_label: string | null
  /** Labels to take away: every other state label and the trigger. */
  readonly remove_labels: readonly string[]
  /** A comment to leave once; `marker` is hidden in the text and found again on a repeat. */
  readonly comment: { readonly marker: string; readonly text: string } | null
}

export interface WriteReport {
  /** Content-creating calls made, 0 when all was as it should be. */
  readonly writes: number
  readonly labels: readonly string[]
}

export interface IssueWriter {
  /**
   * Makes the issue look as `write` says: reads its labels, PUTs the full set if it differs, posts the comment.
   * `repeat`: an earlier try may have got through, so the marker is looked for among the comments first.
   * A gone issue is a success with no writes. Throws as IssueSource.list does; `details.writes` then says how many
   * content writes may have got through.
   */
  apply(write: IssueWrite, options: { readonly repeat: boolean }): Promise<WriteReport>
}

/** Content writes of the last hour, to stay below GitHub's secondary limits. Stored between runs. */
export interface WriteBudget {
  /** Instants of content writes within the last hour, oldest first (at most 500). */
  readonly spent: readonly Instant[]
  /** No call before this instant: GitHub said so. */
  readonly closed_until: Instant
}

/** One write owed to GitHub. Newer state of the same issue replaces older labels; comments are all kept. */
export interface OwedWrite {
  readonly repository: string
  readonly number: number
  readonly generation: number
  /** Version of the job's change that asked for it; the highest wins. */
  readonly version: number
  readonly state_label: string | null
  readonly remove_labels: readonly string[]
  readonly comments: readonly { readonly marker: string; readonly text: string }[]
  /** True once a try has begun: the next one must look before it writes. */
  readonly begun: boolean
  readonly owed_since: Instant
}

/** The durable queue of owed writes. Implemented by lib/store. */
export interface WriteLedger {
  /** At most `limit` owed writes, oldest debt first. */
  owed(limit: number): Promise<readonly OwedWrite[]>
  /** Marks a try as begun; false when the debt changed or is gone since it was read. */
  begin(write: OwedWrite): Promise<boolean>
  /** Strikes the debt off and remembers what GitHub now shows; false when a newer debt has replaced it meanwhile. */
  settle(write: OwedWrite): Promise<boolean>
  budget(): Promise<WriteBudget>
  saveBudget(budget: WriteBudget): Promise<void>
  /** One flusher at a time: a token when the lock was free or its holder is overdue, undefined otherwise. */
  lock(holder: string, until: Instant): Promise<number | undefined>
  unlock(token: number): Promise<void>
}
