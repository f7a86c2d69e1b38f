/** A circuit breaker for one service: after some outages in a row it is left alone, then tried with one call. */
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen, type IBackoff } from 'cockatiel'
import { type Clock, type Instant, seconds } from '#lib/clock'
import { isOutage } from './outcome.ts'

export interface Breaker {
  /** Runs `attempt`, or throws what `open` makes (given the seconds until the next try) without running it. */
  run<T>(attempt: () => Promise<T>, open: (retryAfter: number) => Error): Promise<T>
}

/** Two calls with their repeats: one bad moment does not open the circuit, an outage does at once. */
const FAILURES_IN_A_ROW = 5
/** The first rest; it doubles while the service stays away. */
const FIRST_REST = seconds(5)
const LONGEST_REST = seconds(60)

export function createBreaker(clock: Clock): Breaker {
  const rest = restsOf(clock)
  const policy = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    halfOpenAfter: rest.backoff,
  })
  return {
    async run(attempt, open) {
      try {
        return await policy.execute(attempt)
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error
        throw open(Math.max(1, Math.ceil((rest.until() - clock.now()) / seconds(1))))
      }
    },
  }
}

/**
 * The rests of the circuit by our own clock. The library compares real time with a duration; a duration that is endless
 * until our clock says otherwise, and none from then on, makes that comparison ours.
 */
function restsOf(clock: Clock) {
  let until: Instant = 0
  const make = (attempt: number): IBackoff<{ readonly attempt: number }> => {
    until = clock.now() + Math.min(FIRST_REST * 2 ** (attempt - 1), LONGEST_REST)
    return {
      get duration() {
        return clock.now() < until ? Number.POSITIVE_INFINITY : 0
      },
      next: (context) => make(context.attempt),
    }
  }
  return { until: () => until, backoff: { next: (context: { readonly attempt: number }) => make(context.attempt) } }
}
