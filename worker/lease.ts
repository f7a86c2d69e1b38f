/** The arithmetic of a lease as the worker sees it: when it ends by its own clock, when to renew, when to stop. */
import { type Instant, seconds } from '#lib/clock'

/** What a command is given between SIGTERM and SIGKILL. */
export const STOP_GRACE = seconds(5)

/** Clocks closer than this are taken to agree: a `Date` header only counts whole seconds and has travelled. */
const AGREEING = seconds(2)

/** A `Date` header may be this much behind the server's clock. */
const HEADER_STEP = seconds(1)

export interface Exchange {
  /** The answer's `Date` header; NaN when it had none. */
  readonly serverTime: Instant
  readonly sentAt: Instant
  readonly receivedAt: Instant
}

/**
 * When a lease that the server ends at `expiresAt` ends by this machine's clock, rather too early than too late.
 * A machine whose clock is minutes off is put right by the answer's `Date` header.
 */
export function leaseEnd(expiresAt: Instant, { serverTime, sentAt, receivedAt }: Exchange): Instant {
  const agrees = Number.isNaN(serverTime) || (sentAt < serverTime + AGREEING && receivedAt > serverTime - AGREEING)
  return agrees ? expiresAt : expiresAt - (serverTime - sentAt) - HEADER_STEP
}

export interface Pulse {
  /** Milliseconds until the next heartbeat: a third of what is left. */
  readonly every: number
  /** When to stop a command whose lease could not be renewed, early enough that it is dead when the lease ends. */
  readonly stopAt: Instant
  /** What remains for the command to end by itself. */
  readonly grace: number
}

export function pulseOf(endsAt: Instant, now: Instant): Pulse {
  const left = Math.max(0, endsAt - now)
  const grace = Math.min(STOP_GRACE, left / 6)
  return { every: left / 3, stopAt: now + left - grace, grace }
}
