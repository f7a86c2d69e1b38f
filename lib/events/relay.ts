/** The relay: every committed change reaches every sink, at least once and in order, because it is read from the stream. */
import type { JobChange } from './change.ts'

/** Where changes go. Delivering the same change twice must be harmless: it carries what it takes to tell. */
export interface Sink {
  readonly name: string
  deliver(change: JobChange): Promise<void>
}

/** Hands one change to all sinks. Fails when one of them fails, so that the stream brings the record again. */
export function createRelay(sinks: readonly Sink[]) {
  return async function relay(change: JobChange): Promise<void> {
    const results = await Promise.allSettled(sinks.map((sink) => sink.deliver(change)))
    const failures = results.flatMap((result, at) =>
      result.status === 'rejected' ? [new Error(`sink ${sinks[at]?.name}`, { cause: result.reason })] : [],
    )
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} sinks failed`)
  }
}
