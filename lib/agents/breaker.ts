/** A circuit breaker for one model of one vendor: left alone after outages in a row, then tried with a single call. */
import { type Clock, type Instant, seconds } from '#lib/clock'

export interface Breaker {
  /** True while calls would only add to an outage. */
  isOpen(): boolean
  /** A call begins; after a rest it is the one that tries, and the others wait on. */
  enter(): void
  succeeded(): void
  failed(): void
}

type State = { readonly kind: 'closed'; readonly failures: number } | { readonly kind: 'open'; readonly until: Instant }

/** Two calls with their repeats: one bad moment does not open the circuit, an outage does at once. */
const FAILURES_IN_A_ROW = 5
const OPEN_FOR = seconds(30)

export function createBreaker(clock: Clock): Breaker {
  let state: State = { kind: 'closed', failures: 0 }
  const open = () => {
    state = { kind: 'open', until: clock.now() + OPEN_FOR }
  }
  return {
    isOpen() {
      if (state.kind === 'closed') return false
      const left = state.until - clock.now()
      // A clock that jumped back must not keep it open for longer than it was meant to be.
      return left > 0 && left <= OPEN_FOR
    },
    enter() {
      if (state.kind === 'open') open()
    },
    succeeded() {
      state = { kind: 'closed', failures: 0 }
    },
    failed() {
      const failures = state.kind === 'closed' ? state.failures + 1 : FAILURES_IN_A_ROW
      if (failures >= FAILURES_IN_A_ROW) open()
      else state = { kind: 'closed', failures }
    },
  }
}
