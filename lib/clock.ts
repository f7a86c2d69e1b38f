/** The only reader of the time. Everything that decides by time is handed a Clock. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

export interface Clock {
  now(): Instant
}

export const systemClock: Clock = { now: () => Date.now() }

export const seconds = (n: number): number => n * 1000
export const minutes = (n: number): number => n * 60_000
export const hours = (n: number): number => n * 3_600_000

/** RFC 3339 in UTC with milliseconds, e.g. `2026-01-31T08:00:00.000Z`. */
export function toTimestamp(at: Instant): string {
  return new Date(at).toISOString()
}

/** The instant of an RFC 3339 time; NaN when it is none. */
export function fromTimestamp(text: string): Instant {
  return Date.parse(text)
}

/** Resolves after `ms` milliseconds. Injected wherever something waits, so that tests never do. */
export type Sleep = (ms: number) => Promise<void>

export const systemSleep: Sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
