/** GitHub's three limits per caller: calls in an hour, content writes in a minute, content writes in an hour. */
import { type Clock, hours, type Instant, minutes, seconds } from '#lib/clock'

export interface LimitOptions {
  readonly contentPerMinute?: number
  readonly contentPerHour?: number
  readonly primaryPerHour?: number
}

export interface Primary {
  readonly limit: number
  readonly remaining: number
  readonly used: number
  /** Seconds since 1970, as the header has it. */
  readonly reset: number
}

export interface Limits {
  /** How the caller stands in the current hour. */
  primary(caller: string): Primary
  /** Counts a call; a 304 is taken back with `refund`. */
  spend(caller: string): void
  refund(caller: string): void
  /** Seconds to wait before a content write, 0 when it may go ahead and has been counted. A refused one is not counted. */
  write(caller: string): number
}

interface Account {
  windowEnds: Instant
  used: number
  /** Instants of content writes of the last hour, oldest first. */
  writes: readonly Instant[]
}

/** GitHub's published figures for one authenticated user. */
const DEFAULTS = { contentPerMinute: 80, contentPerHour: 500, primaryPerHour: 5000 }

/** Nothing worth speaking of: for runs that are about something else, which limits would only make longer. */
export const NO_LIMITS: Required<LimitOptions> = { contentPerMinute: 1e6, contentPerHour: 1e6, primaryPerHour: 1e9 }

export function createLimits(clock: Clock, options: LimitOptions = {}): Limits {
  const { contentPerMinute, contentPerHour, primaryPerHour } = { ...DEFAULTS, ...options }
  const accounts = new Map<string, Account>()

  const accountOf = (caller: string): Account => {
    const now = clock.now()
    const account = accounts.get(caller) ?? { windowEnds: now + hours(1), used: 0, writes: [] }
    if (now >= account.windowEnds) Object.assign(account, { windowEnds: now + hours(1), used: 0 })
    accounts.set(caller, account)
    return account
  }

  return {
    primary(caller) {
      const { used, windowEnds } = accountOf(caller)
      const counted = Math.min(used, primaryPerHour)
      return {
        limit: primaryPerHour,
        remaining: primaryPerHour - counted,
        used: counted,
        reset: Math.ceil(windowEnds / seconds(1)),
      }
    },
    spend(caller) {
      accountOf(caller).used += 1
    },
    refund(caller) {
      accountOf(caller).used -= 1
    },
    write(caller) {
      const now = clock.now()
      const account = accountOf(caller)
      account.writes = account.writes.filter((at) => at > now - hours(1))
      const wait = Math.max(
        waitFor(account.writes, { now, window: minutes(1), most: contentPerMinute }),
        waitFor(account.writes, { now, window: hours(1), most: contentPerHour }),
      )
      if (wait === 0) account.writes = [...account.writes, now]
      return Math.ceil(wait / seconds(1))
    },
  }
}

/** Milliseconds until one more fits into the sliding window. */
function waitFor(writes: readonly Instant[], rule: { now: Instant; window: number; most: number }): number {
  const within = writes.filter((at) => at > rule.now - rule.window)
  if (within.length < rule.most) return 0
  const leaving = within[within.length - rule.most] ?? rule.now
  return Math.max(1, leaving + rule.window - rule.now)
}
