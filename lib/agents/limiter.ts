/** How fast one vendor may be asked: requests and tokens per minute as two buckets. */
import { type Clock, type Instant, minutes } from '#lib/clock'

/** Null: no bound of ours. */
export interface RateLimit {
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
}

/** A place in the line. */
export interface Turn {
  /** Not before this instant. */
  readonly at: Instant
  /** The request was made and used so many tokens. */
  settle(tokens: number): void
  /** The request is not made after all. */
  giveBack(): void
}

export interface Limiter {
  /** Takes the next place for a request of about so many tokens. Whoever asks later is served later. */
  reserve(tokens: number): Turn
}

/** What may be used at once after a rest: ten seconds' worth, so that a start is no burst of a whole minute. */
const BURST = 1 / 6

export function createLimiter(clock: Clock, limit: RateLimit): Limiter {
  const requests = createBucket(clock, limit.requests_per_minute)
  const tokens = createBucket(clock, limit.tokens_per_minute)
  return {
    reserve(expected) {
      const at = Math.max(requests.take(1), tokens.take(expected))
      return {
        at,
        settle: (used) => tokens.add(expected - used),
        giveBack() {
          requests.add(1)
          tokens.add(expected)
        },
      }
    },
  }
}

interface Bucket {
  /** Takes `n` and says from when on they are there. */
  take(n: number): Instant
  add(n: number): void
}

/** The level may fall below zero: that is a debt the next ones wait for, so that a request above the burst is served, too. */
function createBucket(clock: Clock, perMinute: number | null): Bucket {
  if (perMinute === null) return { take: () => 0, add: () => undefined }
  const capacity = Math.max(1, perMinute * BURST)
  const perMs = perMinute / minutes(1)
  let level = capacity
  let seen = clock.now()
  const refill = () => {
    const now = clock.now()
    // A clock that jumped back adds nothing, and takes nothing away.
    level = Math.min(capacity, level + Math.max(0, now - seen) * perMs)
    seen = now
    return now
  }
  return {
    take(n) {
      const now = refill()
      level -= n
      return level >= 0 ? now : now + Math.ceil(-level / perMs)
    },
    add(n) {
      refill()
      level = Math.min(capacity, level + n)
    },
  }
}
