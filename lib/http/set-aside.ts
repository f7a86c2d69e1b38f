/**
 * What a reader of the stream does with a record that fails: repeat it while that may help, then set it aside with all
 * that is in it, so that its neighbours go on; and handle it again when an operator asks for that.
 */
import type { DynamoDBRecord } from 'aws-lambda'
import { type Clock, type Instant, minutes } from '#lib/clock'
import { isRetryable, toAppError } from '#lib/errors'
import { type DeadLetter, type DeadLetterStore, letterId } from '#lib/events/dead-letters'
import type { ReaderStore } from '#lib/events/readers'
import { entityOf } from '#lib/store/events/entity'
import { redactText } from './redact.ts'

export interface Reader {
  readonly name: string
  /** True when later records of an entity must not overtake an earlier one that was set aside. */
  readonly inOrder: boolean
}

export interface SetAsidePorts {
  readonly letters: DeadLetterStore
  readonly readers: ReaderStore
  readonly clock: Clock
}

export type Handle = (record: DynamoDBRecord) => Promise<unknown>

/** A failure that may pass is repeated at least so often and so long before its record is set aside all the same. */
const MOST_ATTEMPTS = 10
const PATIENCE_MS = minutes(15)
/** Errors are wrapped once or twice. */
const DEEPEST_CAUSE = 5
/** Letters of one line that are repeated per look. */
const PAGE = 25
/** Errors are kept to be read by people, not to be archived. */
const ERROR_CHARACTERS = 300

/** True when repeating the record where it is would only hold up those behind it. */
export async function isHopeless(
  { readers, clock }: Pick<SetAsidePorts, 'readers' | 'clock'>,
  { name }: Reader,
  { record, error }: { readonly record: DynamoDBRecord; readonly error: unknown },
): Promise<boolean> {
  if (!isPassing(error)) return true
  const now = clock.now()
  const { attempts, first_at } = await readers.failed(name, recordIdOf(record), now)
  return attempts >= MOST_ATTEMPTS && now - first_at >= PATIENCE_MS
}

/** True when waiting may help: the error is retryable, or one of those that it wraps. */
export function isPassing(error: unknown, depth = 0): boolean {
  if (isRetryable(error)) return true
  if (!(error instanceof Error) || depth === DEEPEST_CAUSE) return false
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return inner.some((one) => isPassing(one, depth + 1))
}

/** A letter for a record that failed with `error`; without one, for a record that waits for an earlier one. */
export function letterFor(reader: string, record: DynamoDBRecord, { error, at }: { error?: unknown; at: Instant }) {
  return {
    id: letterId(reader, recordIdOf(record)),
    reader,
    entity: entityOf(record),
    sequence: record.dynamodb?.SequenceNumber ?? '',
    state: error === undefined ? 'held' : 'dead',
    error: error === undefined ? 'An earlier change of the same entity was set aside.' : describe(error),
    attempts: error === undefined ? 0 : 1,
    at,
  } satisfies DeadLetter
}

/** Repeats one letter; true when it was handled. Throws when the store fails. */
export async function repeat({ letters }: SetAsidePorts, letter: DeadLetter, handle: Handle): Promise<boolean> {
  const record = await letters.content(letter)
  try {
    // A letter whose record is gone was handled by another process just now.
    if (record !== undefined) await handle(record as DynamoDBRecord)
  } catch (error) {
    await letters.failedAgain(letter, describe(error))
    return false
  }
  await letters.remove(letter)
  return true
}

/**
 * Repeats the letters of a line in their order, up to the first that fails again or until `isOver`; then the first that is
 * left is asked for anew. It ends with a look that finds nothing, so that no record is left that joined meanwhile.
 */
export async function repeatLine(
  ports: SetAsidePorts,
  line: Pick<DeadLetter, 'reader' | 'entity'>,
  { handle, isOver }: { readonly handle: Handle; readonly isOver: () => boolean },
): Promise<void> {
  for (;;) {
    const letters = await ports.letters.line(line, PAGE)
    if (letters.length === 0) return
    for (const letter of letters) {
      if (isOver()) return void (await ports.letters.markDue(letter, ports.clock.now()))
      if (!(await repeat(ports, letter, handle))) return
    }
  }
}

/** The id AWS gives a record, the same at each delivery. */
export const recordIdOf = (record: DynamoDBRecord): string =>
  record.eventID ?? record.dynamodb?.SequenceNumber ?? 'without-id'

/** Code and message, with what caused an unexpected error, for the people who mend it. */
function describe(error: unknown): string {
  const { code, message, cause } = toAppError(error)
  const reason = code === 'internal' && cause instanceof Error ? `${cause.name}: ${cause.message}` : message
  return redactText(`${code}: ${reason}`).slice(0, ERROR_CHARACTERS)
}
