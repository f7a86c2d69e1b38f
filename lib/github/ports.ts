/** What Coxswain asks of GitHub, and what GitHub's side asks of the store. */
import type { Instant } from '#lib/clock'

/** One open or closed issue as GitHub tells it; pull requests are never among them. */
export interface GitHubIssue {
  readonly repository: string
  readonly number: number
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly state: 'open' | 'closed'
  readonly author: string
  readonly association: string
  readonly created_at: Instant
  readonly updated_at: Instant
}

/** Opaque memory of a listing (ETags by page); hand it back to ask only for changes. */
export type ListingTag = readonly string[]

export type Listing =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'listed'; readonly tag: ListingTag; readonly issues: readonly GitHubIssue[] }

export type Found =
  | { readonly kind: 'issue'; readonly issue: GitHubIssue }
  /** 404 or 410, or transferred to another repository. */
  | { readonly kind: 'gone'; readonly reason: string }

/** GitHub's last word on how much may still be asked. */
export interface RateLimit {
  readonly limit: number
  readonly remaining: number
  readonly resets_at: Instant
}

export interface IssueSource {
  /**
   * Every open issue with `label`, all pages, oldest first.
   * Throws AppError: `rate_limited` (retryAfter set), `upstream_unavailable` (5xx, timeout), `forbidden` (401/403: bad token
   * or missing right), `gone` (the repository is not there; `details.moved_to` when it moved).
   */
  list(repository: string, label: string, tag: ListingTag | undefined): Promise<Listing>
  /** Throws as `list` does; `gone` then means the whole repository, never a single issue. */
  find(repository: string, number: number): Promise<Found>
  /** The newest figures seen by this process, undefined before the first answer. */
  rateLimit(): RateLimit | undefined
}

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
