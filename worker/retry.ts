/** Waiting between tries: how long, and in a way that a stop can cut short. */
import { type Sleep, seconds } from '#lib/clock'
import type { Chance } from '#lib/ids'

/** First wait after a failure, when nothing else is said. */
const FIRST_WAIT = seconds(1)

/** No backoff grows beyond this. */
const LONGEST_BACKOFF = seconds(60)

/** Even a `retry-after` is not believed beyond this. */
const LONGEST_RETRY_AFTER = seconds(3600)

/** 2^10 first waits exceed every cap; more would only overflow. */
const MOST_DOUBLINGS = 10

export interface BackoffOptions {
  /** Milliseconds; the wait after the first failure is between half of it and all of it. */
  readonly first?: number
  readonly longest?: number
  /** Seconds that the other side asked for; the wait is never shorter. */
  readonly retryAfter?: number | undefined
}

/** Milliseconds to wait after the `failures`-th failure in a row (1 is the first): doubling, with half of it left to chance. */
export function backoff(failures: number, chance: Chance, options: BackoffOptions = {}): number {
  const { first = FIRST_WAIT, longest = LONGEST_BACKOFF, retryAfter = 0 } = options
  const full = Math.min(longest, first * 2 ** Math.min(MOST_DOUBLINGS, Math.max(0, failures - 1)))
  const asked = Math.min(LONGEST_RETRY_AFTER, seconds(Math.max(0, retryAfter)))
  return Math.round(Math.max(full / 2 + (full / 2) * chance(), asked * (1 + chance() / 10)))
}

/** Waits `ms`, or until `signal` is aborted, whichever comes first. */
export async function pause(sleep: Sleep, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve, reject) => {
    const wake = () => resolve()
    signal.addEventListener('abort', wake, { once: true })
    sleep(ms)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', wake))
  })
}
