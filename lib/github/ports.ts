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
  /** True when its labels were brought to this before: then they are left alone, a person may have changed them since. */
  readonly labels_shown?: boolean | undefined
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
   * Makes the issue look as `write` says: reads its labels, adds the missing one, removes those of ours that must go, posts
   * the comment. No other label is named in any call. `repeat`: an earlier try may have got through, so the marker is
   * looked for among the comments first. A gone issue is a success with no writes.
   * Throws as IssueSource.list does; `details.writes` then says how many content writes may have got through, and
   * `details.refused` whom a refusal is about, see refusals.ts.
   */
  apply(write: IssueWrite, options: { readonly repeat: boolean }): Promise<WriteReport>
}

/** Content writes of the last hour, to stay below GitHub's secondary limits. Stored between runs. */
export interface WriteBudget {
  /** Instants of content writes within the last hour, oldest first (at most 500). */
  readonly spent: readonly Instant[]
  /** No call before this instant: GitHub said so. */
  readonly closed_until: Instant
  /** Those of `spent` that went to debts which had been refused before. */
  readonly retried?: readonly Instant[] | undefined
}

/** How a debt fared that was not taken. */
export interface Trouble {
  /** Refusals of this very issue in a row. */
  readonly refusals: number
  /** Failures in a row that waiting may mend. */
  readonly failures: number
  /** Left alone until then. */
  readonly not_before: Instant
  /** The newest, in GitHub's words. */
  readonly error: string
  /** When the first of them was met. */
  readonly since: Instant
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
  /** True once GitHub shows the labels: only comments are owed still. */
  readonly labels_shown?: boolean | undefined
  /** Left out while nothing went wrong. */
  readonly trouble?: Trouble | undefined
}

/** What is owed still after a try. */
export type Left = Pick<OwedWrite, 'labels_shown' | 'comments' | 'trouble'>

/** A debt that was refused too often and is left alone until an operator asks for it anew. */
export interface RefusedDebt {
  readonly write: OwedWrite
  /** When it was set aside. */
  readonly at: Instant
}

/** A repository, or with the name `*` the token, that refuses every write. */
export interface Rest {
  readonly refusals: number
  readonly until: Instant
  readonly error: string
  readonly since: Instant
}

/** Debts named to people, a few of many. */
export interface NamedDebt {
  readonly repository: string
  readonly number: number
  readonly error: string
}

/** How the debts stood after the newest flush; one small item. */
export interface Standing {
  readonly at: Instant
  readonly owed: number
  /** `owed_since` of the oldest debt. */
  readonly oldest: Instant | null
  /** Who refuses every write, by repository. */
  readonly rests: Readonly<Record<string, Rest>>
  /** Debts that were refused and will be tried again. */
  readonly retrying: number
  /** Debts that were set aside; counted up to MOST_COUNTED. */
  readonly refused: number
  /** Some of those retried or set aside. */
  readonly named: readonly NamedDebt[]
  /** Keys of debts that the flush could not read, some of them; left out when there are none. */
  readonly unreadable?: readonly string[] | undefined
}

/** Told the key of each debt that this version cannot read: it is left alone. */
export type OnUnreadable = (key: string) => void

/** The durable queue of owed writes. Implemented by lib/store. */
export interface WriteLedger {
  /** At most `limit` owed writes: those never refused first, the oldest debt first. */
  owed(limit: number, onUnreadable?: OnUnreadable): Promise<readonly OwedWrite[]>
  /** Marks a try as begun; false when the debt changed or is gone since it was read. */
  begin(write: OwedWrite): Promise<boolean>
  /** Strikes the debt off and remembers what GitHub now shows; false when a newer debt has replaced it meanwhile. */
  settle(write: OwedWrite): Promise<boolean>
  /** Notes what a try left of a debt; labels that are shown now are remembered as `settle` does. False as `begin`. */
  keep(write: OwedWrite, left: Left): Promise<boolean>
  /** Moves what is left of a debt to those set aside. Safe to repeat. */
  setAside(write: OwedWrite, left: Left): Promise<void>
  /** Debts set aside, at most `limit`, in the order of their issues. */
  refused(limit: number, onUnreadable?: OnUnreadable): Promise<readonly RefusedDebt[]>
  standing(): Promise<Standing | undefined>
  saveStanding(standing: Standing): Promise<void>
  budget(): Promise<WriteBudget>
  saveBudget(budget: WriteBudget): Promise<void>
  /** One flusher at a time: a token when the lock was free or its holder is overdue, undefined otherwise. */
  lock(holder: string, until: Instant): Promise<number | undefined>
  unlock(token: number): Promise<void>
}
