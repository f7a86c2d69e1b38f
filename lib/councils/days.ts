/** Days of the budget: UTC, so that every process means the same one. */
import { type Instant, toTimestamp } from '#lib/clock'

const DAY_MS = 86_400_000

/** E.g. `2026-01-31`. */
export function dayOf(at: Instant): string {
  return toTimestamp(at).slice(0, 10)
}

export function msToNextDay(at: Instant): number {
  return DAY_MS - (at % DAY_MS)
}
