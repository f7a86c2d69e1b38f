/** The readers of the table's stream and how far each has come, as they note it themselves at a bounded rate. */
import type { Instant } from '#lib/clock'

/** How far a reader has come. */
export interface ReaderNote {
  readonly reader: string
  /** When it wrote this. */
  readonly at: Instant
  /** When the newest change it handled was made. */
  readonly record_at: Instant
}

/** A record that failed for a reason that may pass, and is being repeated. */
export interface FailingRecord {
  readonly reader: string
  readonly record: string
  readonly first_at: Instant
  readonly last_at: Instant
  readonly attempts: number
}

export interface ReaderStore {
  /** 1 write unit. */
  note(note: ReaderNote): Promise<void>
  /** Counts a failed attempt at a record; forgotten after two days. 1 or 2 write units. */
  failed(reader: string, record: string, now: Instant): Promise<FailingRecord>
  /** What readers noted, what fails just now, and the beats; a query of small items and a read. */
  all(): Promise<Readers>
  /** Makes a change for the readers to handle, unless the last one is younger than `everyMs`. */
  beat(now: Instant, everyMs: number): Promise<void>
}

export interface Readers {
  readonly notes: readonly ReaderNote[]
  readonly failing: readonly FailingRecord[]
  /**
   * When the change before the newest one was made that a schedule makes every few minutes: a reader of every change must
   * have handled it. Null before the second.
   */
  readonly beat: Instant | null
}
