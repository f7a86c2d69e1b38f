/** What becomes of a batch of the stream after an attempt, by the rules of Lambda's event sources. Pure. */
import type { DynamoDBBatchResponse } from 'aws-lambda'
import * as z from 'zod'
import { type Instant, seconds } from '#lib/clock'
import type { EventSource } from './event-source.ts'
import type { Cursor, Entry } from './stream.ts'

/** Records that are delivered together, and how often that failed. */
export interface Batch {
  readonly entries: readonly Entry[]
  readonly attempts: number
}

/** `failed`: the function did not answer, but ended with an error. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }

const batchResponse: z.ZodType<DynamoDBBatchResponse> = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })),
})

type Limits = Pick<EventSource, 'bisectBatchOnFunctionError' | 'maximumRetryAttempts' | 'maximumRecordAgeInSeconds'>

/** The place up to which all is done, and the batches to deliver next. */
export function afterAttempt(
  { entries, attempts }: Batch,
  outcome: Outcome,
  { bisectBatchOnFunctionError }: Pick<Limits, 'bisectBatchOnFunctionError'>,
): { readonly done: Cursor | undefined; readonly rest: readonly Batch[] } {
  if (outcome.kind === 'failed') {
    const half = Math.ceil(entries.length / 2)
    // Splitting a batch does not count as an attempt.
    const halves = [entries.slice(0, half), entries.slice(half)].map((some) => ({ entries: some, attempts }))
    const isSplit = bisectBatchOnFunctionError && entries.length > 1
    return { done: undefined, rest: isSplit ? halves : [{ entries, attempts: attempts + 1 }] }
  }
  const count = doneOf(outcome.answer, entries)
  const left = entries.slice(count)
  const next = { entries: left, attempts: count > 0 ? 1 : attempts + 1 }
  return { done: entries[count - 1]?.cursor, rest: left.length === 0 ? [] : [next] }
}

/** Why a batch is not delivered any more; undefined when it is. */
export function whyGiveUp({ entries, attempts }: Batch, limits: Limits, now: Instant) {
  // A laptop sleeps: unlike on AWS, a record that is old but was never tried is tried.
  if (attempts === 0) return undefined
  if (attempts > limits.maximumRetryAttempts) return 'RetryAttemptsExhausted'
  const oldest = seconds(entries[0]?.record.dynamodb?.ApproximateCreationDateTime ?? now / 1000)
  return now - oldest > seconds(limits.maximumRecordAgeInSeconds) ? 'RecordAgeExceeded' : undefined
}

/** How many of the batch's records are done with, given what the function answered. */
export function doneOf(answer: unknown, batch: readonly Entry[]): number {
  const response = batchResponse.safeParse(answer)
  const failed = response.success ? response.data.batchItemFailures : []
  if (failed.length === 0) return batch.length
  const sequences = batch.map(({ cursor }) => cursor.sequence)
  // An identifier that names no record stands for the whole batch.
  return Math.max(0, Math.min(...failed.map(({ itemIdentifier }) => sequences.indexOf(itemIdentifier))))
}
