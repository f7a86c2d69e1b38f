/**
 * Dead letters: records of the table's stream that a reader could not handle, and scheduled runs that failed for good.
 *
 * Each is kept with all that is needed to repeat it, until an operator asks for that or drops it. A letter is repeated by
 * the reader it belongs to: asking marks it `due`, the mark comes through the table's stream like every other change, and
 * the reader handles the record in it with its own rights and settings.
 *
 *     record ──▶ handled
 *        │
 *        └──▶ dead ◀──── failed again ────┐
 *               │                         │
 *               └── redrive ──▶ due ──────┴──▶ handled, and the letter is removed
 *
 *     held: a later record of an entity whose earlier record is dead; repeated in its turn, after that one
 */
import type { Instant } from '#lib/clock'

/** What is known of a letter without reading the record in it. */
export interface DeadLetter {
  /** `<reader>:<id of the stream record>`. */
  readonly id: string
  /** The reader that could not handle it, e.g. `events-relay`; `schedules` for a scheduled run. */
  readonly reader: string
  /** What changed: the key of the item, or the name of a scheduled function. */
  readonly entity: string
  /** Its place among the letters of its entity; a stream's sequence number, digits only. */
  readonly sequence: string
  readonly state: 'dead' | 'held' | 'due'
  /** Why it was not handled: code and message of the newest error. */
  readonly error: string
  /** Failed attempts, redrives among them. */
  readonly attempts: number
  /** When it was set aside. */
  readonly at: Instant
}

/** Letters of one entity at one reader: those of an ordered reader are repeated in the order of their sequence. */
export type LetterLine = Pick<DeadLetter, 'reader' | 'entity'>

export interface DeadLetterStore {
  /** Keeps a record or a message. Idempotent: a letter that is there already stays as it is. */
  put(letter: DeadLetter, content: unknown): Promise<void>
  /** At most `limit` letters of one reader, or of all. Strongly consistent; they are small. */
  list(of: { readonly reader?: string; readonly limit: number; readonly cursor?: string }): Promise<DeadLetterPage>
  find(id: string): Promise<DeadLetter | undefined>
  /** The letters of a line in their order. Strongly consistent. */
  line(line: LetterLine, limit: number): Promise<readonly DeadLetter[]>
  /** What was set aside; undefined when it is gone. */
  content(letter: DeadLetter): Promise<unknown>
  /** Asks the reader to repeat the letter; false when it is gone. */
  markDue(letter: DeadLetter, now: Instant): Promise<boolean>
  /** Notes that a repeat failed; nothing when the letter is gone. */
  failedAgain(letter: DeadLetter, error: string): Promise<void>
  remove(letter: DeadLetter): Promise<void>
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[]
  readonly cursor?: string
}

/** Under this name the failures of scheduled functions are kept. */
export const SCHEDULES = 'schedules'

export const letterId = (reader: string, recordId: string): string => `${reader}:${recordId}`

/** Under this name stands what the stream had forgotten before it could be kept: nothing can repeat it. */
export const LOST = 'lost'

/** Names of the sinks that may set events aside. */
export const SINKS = ['eventbridge', 'redis', 'chronicle'] as const
