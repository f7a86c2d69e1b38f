/** A circuit breaker for one model of one vendor: not called after outages in a row, then tried with a single call. */
import { type Clock, type Instant, minutes, seconds } from '#lib/clock'
import type { Failure } from '#lib/councils/model'

/** Why a model is not called. */
export interface Open {
  /** The refusal that opened the circuit; null after outages in a row. */
  readonly refusal: Failure | null
  /** Until the next try, ms. */
  readonly leftMs: number
}

export interface Breaker {
  /** Why calls are of no use now; undefined while they may be made. */
  open(): Open | undefined
  /** A call begins. True when it is the one that tries after a rest; the others wait on. */
  enter(): boolean
  /** The other side answered. */
  succeeded(): void
  /** The other side is in trouble. */
  failed(): void
  /** The other side refuses until a person acts: opens at once. */
  refused(refusal: Failure): void
  /** The caller gave up, which says nothing about the other side; when this call tried, the next one may. */
  abandoned(tried: boolean): void
}

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly until: Instant; readonly rest: number; readonly refusal: Failure | null }

/** Two calls with their repeats: one bad moment does not open the circuit, an outage does at once. */
const FAILURES_IN_A_ROW = 5
const OPEN_FOR = seconds(30)
/** Between two tries whether there is credit again. */
const REFUSED_FOR = minutes(1)

export function createBreaker(clock: Clock): Breaker {
  let state: State = { kind: 'closed', failures: 0 }
  const rest = (ms: number, refusal: Failure | null) => {
    state = { kind: 'open', until: clock.now() + ms, rest: ms, refusal }
  }
  return {
    open() {
      if (state.kind === 'closed') return undefined
      const leftMs = state.until - clock.now()
      // A clock that jumped back must not keep it open for longer than it was meant to be.
      return leftMs > 0 && leftMs <= state.rest ? { refusal: state.refusal, leftMs } : undefined
    },
    enter() {
      if (state.kind === 'closed') return false
      rest(state.rest, state.refusal)
      return true
    },
    succeeded() {
      state = { kind: 'closed', failures: 0 }
    },
    failed() {
      const failures = state.kind === 'closed' ? state.failures + 1 : FAILURES_IN_A_ROW
      if (failures >= FAILURES_IN_A_ROW) rest(OPEN_FOR, null)
      else state = { kind: 'closed', failures }
    },
    refused: (refusal) => rest(REFUSED_FOR, refusal),
    abandoned(tried) {
      if (tried && state.kind === 'open') state = { ...state, until: clock.now() }
    },
  }
}
