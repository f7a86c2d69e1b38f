/**
 * The way to make a handler of the table's stream: records one by one in their order, each until it is done or set aside.
 *
 * A failure that may pass is reported, so that Lambda repeats from there; one that will not pass is repeated a few times
 * here and then set aside as a dead letter, so that the records behind it go on. Needs `functionResponseType:
 * ReportBatchItemFailures` at the event source.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { type Clock, minutes, type Sleep } from '#lib/clock'
import type { DeadLetter, DeadLetterStore } from '#lib/events/dead-letters'
import type { ReaderStore } from '#lib/events/readers'
import type { Ids } from '#lib/ids'
import { entityOf } from '#lib/store/events/entity'
import { isOwnRecord, isUpkeep, letterAskedFor } from '#lib/store/events/records'
import { correlationIdOf } from './correlation.ts'
import { requireSeal, type SealedPorts } from './sealed.ts'
import {
  type Handle,
  isHopeless,
  isPassing,
  letterFor,
  type Reader,
  recordIdOf,
  repeat,
  repeatLine,
} from './set-aside.ts'

export interface StreamPorts extends SealedPorts {
  readonly clock: Clock
  readonly ids: Ids
  readonly sleep: Sleep
  /** Opened when first needed. */
  readonly keep: () => { readonly letters: DeadLetterStore; readonly readers: ReaderStore }
}

export interface StreamOptions {
  /** Later records of an entity wait for an earlier one that was set aside. */
  readonly inOrder?: boolean
}

export type StreamHandler = (event: DynamoDBStreamEvent, context?: Context) => Promise<DynamoDBBatchResponse>

/** A batch ends itself with this much time left, so that what is done gets reported instead of repeated. */
const RESERVE_MS = 1_000
/** Attempts at a record whose failure will hardly pass, and the pause before the second; it doubles. */
const MAX_TRIES = 3
const FIRST_PAUSE_MS = 100
/** Tries are repeated here only while they are quick: a call of minutes is not made three times in one run. */
const QUICK_MS = 2_000
/** A reader notes its place this often at most; below the five minutes between beats, so that each lone beat is noted. */
const NOTE_MS = minutes(3)
/** A reader this far behind is late: that it is, and that it has caught up, is noted at once. */
const LATE_MS = minutes(1)

/** How a successful run is logged: most concern changes that no reader waits for. */
export function levelOf(records: readonly DynamoDBRecord[]): 'debug' | 'info' {
  return records.every(isUpkeep) ? 'debug' : 'info'
}

export function createStream(ports: StreamPorts) {
  return (
    name: string,
    handle: (record: DynamoDBRecord, run: { correlationId: string }) => Promise<unknown>,
    { inOrder = false }: StreamOptions = {},
  ): StreamHandler => {
    const { clock, ids, log } = ports
    const reader: Reader = { name, inOrder }
    const noteDone = createNoting(ports, name)
    return async (event, context) => {
      requireSeal(ports, event, context)
      const startedAt = clock.now()
      const correlationId = correlationIdOf(context?.awsRequestId, ids)
      const left = () => context?.getRemainingTimeInMillis?.() ?? Infinity
      const facts = () => ({ run: name, ms: clock.now() - startedAt, correlation_id: correlationId })
      const run: Run = { handle: (record) => handle(record, { correlationId }), left }
      const batch = createBatch({ ...ports, reader, run })
      let done = 0
      try {
        for (const record of event.Records) {
          // The first is always tried, or a slow start would repeat for ever.
          if (done > 0 && left() < RESERVE_MS) break
          await batch.take(record)
          done += 1
        }
        log[levelOf(event.Records)]('stream', { ...facts(), done, left: event.Records.length - done })
      } catch (error) {
        log.error('stream', { ...facts(), done, left: event.Records.length - done, error })
      }
      await noteDone(event.Records.slice(0, done))
      return { batchItemFailures: event.Records.slice(done).map(toFailure) }
    }
  }
}

interface Run {
  readonly handle: Handle
  /** Milliseconds this run has left. */
  readonly left: () => number
}

/** One batch of a reader. `take` throws when the record has to be delivered again. */
function createBatch({ keep, clock, log, sleep, reader, run }: StreamPorts & { reader: Reader; run: Run }) {
  const setAside = () => ({ ...keep(), clock })
  const isOver = () => run.left() < RESERVE_MS
  /** Whether any letter may hold back records; looked up once per batch. */
  let mayHold: boolean | undefined

  async function take(record: DynamoDBRecord): Promise<void> {
    const asked = letterAskedFor(record, reader.name)
    if (asked !== undefined) return again(asked)
    if (isOwnRecord(record)) return
    if (reader.inOrder && (await isHeld(record))) return hold(record)
    try {
      await tryHandle(record)
    } catch (error) {
      if (!(await isHopeless(setAside(), reader, { record, error }))) throw error
      await keep().letters.put(letterFor(reader.name, record, { error, at: clock.now() }), record)
      mayHold = true
      log.error('record set aside', { run: reader.name, record: recordIdOf(record), entity: entityOf(record), error })
    }
  }

  async function tryHandle(record: DynamoDBRecord): Promise<void> {
    for (let tries = 1; ; tries++) {
      const began = clock.now()
      try {
        await run.handle(record)
        return
      } catch (error) {
        const isSlow = clock.now() - began > QUICK_MS || run.left() < RESERVE_MS + QUICK_MS
        if (isPassing(error) || isSlow || tries === MAX_TRIES) throw error
      }
      await sleep(FIRST_PAUSE_MS * 2 ** (tries - 1))
    }
  }

  async function again(letter: DeadLetter): Promise<void> {
    if (reader.inOrder) return repeatLine(setAside(), letter, { handle: run.handle, isOver })
    await repeat(setAside(), letter, run.handle)
  }

  async function isHeld(record: DynamoDBRecord): Promise<boolean> {
    const { letters } = keep()
    mayHold ??= (await letters.list({ reader: reader.name, limit: 1 })).letters.length > 0
    return mayHold && (await letters.line({ reader: reader.name, entity: entityOf(record) }, 1)).length > 0
  }

  async function hold(record: DynamoDBRecord): Promise<void> {
    const letter = letterFor(reader.name, record, { at: clock.now() })
    await keep().letters.put(letter, record)
    // Those before it may have been repeated meanwhile, by a run that did not see this one any more.
    const [first] = await keep().letters.line(letter, 1)
    if (first?.id === letter.id) await again(letter)
  }

  return { take }
}

/** Notes how far a reader has come, about every three minutes. A note that fails is no reason to repeat a batch. */
export function createNoting({ keep, clock, log }: StreamPorts, reader: string) {
  let notedAt = Number.NEGATIVE_INFINITY
  let wasLate = false
  return async (done: readonly DynamoDBRecord[]): Promise<void> => {
    // A batch of nothing but notes and letters is no news, or the note of it would be the next batch.
    const last = done.findLast((record) => !isOwnRecord(record))
    const at = clock.now()
    if (last === undefined) return
    const record_at = (last.dynamodb?.ApproximateCreationDateTime ?? 0) * 1000
    const isLate = at - record_at > LATE_MS
    // Once it has caught up there may be nothing more to note for a long time.
    if (at - notedAt < NOTE_MS && wasLate === isLate) return
    try {
      await keep().readers.note({ reader, at, record_at })
      notedAt = at
      wasLate = isLate
    } catch (error) {
      log.warn('the place of a stream reader could not be noted', { run: reader, error })
    }
  }
}

export function toFailure(record: DynamoDBRecord) {
  const sequence = record.dynamodb?.SequenceNumber
  // An empty identifier makes Lambda repeat the whole batch, which is what an unreadable record deserves.
  return { itemIdentifier: sequence ?? '' }
}
