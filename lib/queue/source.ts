/** Where issues come from, as the queue sees it. Implemented by lib/github. */
import type { Instant } from '#lib/clock'
import type { JobKey } from './model.ts'

/** One open or closed issue; pull requests are never among them. */
export interface SourceIssue {
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
  | { readonly kind: 'listed'; readonly tag: ListingTag; readonly issues: readonly SourceIssue[] }

export type Found =
  | { readonly kind: 'issue'; readonly issue: SourceIssue }
  /** 404 or 410, or transferred to another repository. */
  | { readonly kind: 'gone'; readonly reason: string; readonly moved_to?: JobKey }

/** GitHub's last word on how much may still be asked. */
export interface RateLimit {
  readonly limit: number
  readonly remaining: number
  readonly resets_at: Instant
}

export interface IssueSource {
  /**
   * Every open issue with `label`, all pages, oldest first.
   * Throws AppError: `rate_limited` (retryAfter set), `upstream_unavailable` (5xx, timeout), `forbidden` (401/403: bad
   * token or missing right), `gone` (the repository is not there; `details.moved_to` when it moved).
   */
  list(repository: string, label: string, tag: ListingTag | undefined): Promise<Listing>
  find(repository: string, number: number): Promise<Found>
  /** The newest figures seen by this process, undefined before the first answer. */
  rateLimit(): RateLimit | undefined
  /** The name of today of a repository that was found to be renamed. */
  renamedTo?(repository: string): string | undefined
}

/**
 * A poll that finds nothing new costs no write, but is written down this often, ms: health can then name a recent success,
 * and a success may look that old.
 */
export const POLL_NOTE_MS = 300_000

/** An issue that was not trusted, as it was then. */
export interface Doubt {
  readonly updated_at: Instant
  readonly why: string
}

/** What a poll remembers so as not to ask again, by issue number. */
export type Doubts = Readonly<Record<string, Doubt>>

/** What the poll remembers of one repository. */
export interface PollRecord {
  readonly repository: string
  /** One tag per listed label. */
  readonly tags: Readonly<Record<string, ListingTag>>
  /** The newest poll that went well and was written down; unchanged answers are written down every few minutes. */
  readonly succeeded_at: Instant | null
  readonly error: { readonly code: string; readonly message: string; readonly at: Instant } | null
  readonly rate: RateLimit | null
  /** Issues that were not trusted when they were last looked at. */
  readonly doubts?: Doubts | undefined
  /** Its name on GitHub, where it was renamed since it was configured. */
  readonly renamed_to?: string | undefined
  readonly version: number
}

/** What GitHub was last made to show of an issue: proof that our labels have reached it. */
export interface Mirror {
  readonly generation: number
  readonly version: number
}

export interface PollStore {
  read(repository: string): Promise<PollRecord | undefined>
  all(): Promise<readonly PollRecord[]>
  save(record: PollRecord): Promise<void>
  mirror(repository: string, number: number): Promise<Mirror | undefined>
  /** No call to GitHub before this instant; 0 when nothing forbids it. */
  closedUntil(): Promise<Instant>
  closeUntil(until: Instant): Promise<void>
  /** One at a time under `name`: a token while the lock is yours, undefined when another holds it until its time. */
  lock(name: string, holder: string, now: Instant, until: Instant): Promise<number | undefined>
  unlock(name: string, token: number): Promise<void>
}
