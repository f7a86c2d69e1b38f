/** How many content writes may be made now, so that GitHub's secondary limits are never met. Pure. */
import { hours, type Instant, minutes } from '#lib/clock'
import type { WriteBudget } from '#lib/github/ports'

export interface WritePlan {
  /** Content writes that may be made at once, at most as many as wanted. */
  readonly allowed: number
  /** When the write after those may be made; never before now. */
  readonly next_at: Instant
}

/** Content writes that a token may make, by sliding window. */
export interface Limits {
  readonly perMinute: number
  readonly perHour: number
}

/** GitHub allows 80 a minute and 500 an hour; a tenth is left to people and workers who share the token. */
export const GITHUB_LIMITS: Limits = { perMinute: 70, perHour: 450 }

export const NO_WRITES_YET: WriteBudget = { spent: [], closed_until: 0 }

/**
 * The share of `wanted` writes that fits both sliding windows and the gate.
 * Limits: docs.github.com, "Rate limits for the REST API", secondary limits on content creation.
 */
export function planWrites(budget: WriteBudget, now: Instant, wanted: number, limits = GITHUB_LIMITS): WritePlan {
  const { spent, closed_until } = prune(budget, now)
  if (now < closed_until) return { allowed: 0, next_at: closed_until }
  const lastMinute = spent.filter((at) => at > now - minutes(1)).length
  const room = Math.min(wanted, limits.perMinute - lastMinute, limits.perHour - spent.length)
  const allowed = Math.max(0, Math.floor(room))
  const then = inOrder([...spent, ...Array<Instant>(allowed).fill(now)])
  const next_at = Math.max(now, freeAt(then, limits.perMinute, minutes(1)), freeAt(then, limits.perHour, hours(1)))
  return { allowed, next_at }
}

/** Content writes that the hour still allows; none while the gate is closed. */
export function writesLeft(budget: WriteBudget, now: Instant, limits = GITHUB_LIMITS): number {
  const { spent, closed_until } = prune(budget, now)
  return now < closed_until ? 0 : Math.max(0, limits.perHour - spent.length)
}

/** The budget after `writes` content writes made now. */
export function spend(budget: WriteBudget, now: Instant, writes = 1, limits = GITHUB_LIMITS): WriteBudget {
  const { spent, ...rest } = prune(budget, now)
  const fresh = Array<Instant>(Math.max(0, writes)).fill(now)
  // Beyond an hour's worth the oldest add nothing: the window is full either way until the newest of them leave it.
  return { ...rest, spent: inOrder([...spent, ...fresh]).slice(-limits.perHour) }
}

/** The budget once `writes` of those spent at `now` went to debts that had been refused before. */
export function spendOnRetry(budget: WriteBudget, now: Instant, writes: number): WriteBudget {
  if (writes <= 0) return budget
  return { ...budget, retried: [...(budget.retried ?? []), ...Array<Instant>(writes).fill(now)] }
}

/** The budget closed until `at`; a later closing stays. */
export function close(budget: WriteBudget, at: Instant): WriteBudget {
  return { ...budget, closed_until: Math.max(budget.closed_until, at) }
}

/** Forgets writes that left the longer window, and those from a future that only a wrong clock can have written. */
function prune({ spent, closed_until, retried = [] }: WriteBudget, now: Instant): WriteBudget {
  const recent = (at: Instant) => at > now - hours(1) && at <= now + hours(1)
  const kept = retried.filter(recent)
  return { spent: inOrder(spent.filter(recent)), closed_until, ...(kept.length > 0 && { retried: kept }) }
}

/** When fewer than `max` of the sorted instants lie within the last `window`. */
function freeAt(sorted: readonly Instant[], max: number, window: number): Instant {
  const blocking = sorted[sorted.length - max]
  return blocking === undefined ? Number.NEGATIVE_INFINITY : blocking + window
}

function inOrder(instants: readonly Instant[]): readonly Instant[] {
  return instants.toSorted((a, b) => a - b)
}
