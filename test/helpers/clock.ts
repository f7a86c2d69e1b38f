/** A clock that stands still until it is told to move. */
import type { Clock, Instant } from '#lib/clock'

export interface TestClock extends Clock {
  advance(ms: number): void
  set(at: Instant): void
}

export const START: Instant = Date.UTC(2026, 0, 5, 8, 0, 0)

export function aClock(at: Instant = START): TestClock {
  let now = at
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
    set: (instant) => {
      now = instant
    },
  }
}
