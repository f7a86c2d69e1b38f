/**
 * Which debts a flush tries, in which order, and what becomes of one that was not taken. Pure.
 *
 *     owed ──▶ paid
 *       │
 *       ├─ GitHub is down ──────────▶ tried again, from the third failure on with a growing pause
 *       ├─ its repository refuses ──▶ the repository rests; its debts stay as they are
 *       └─ its issue is refused ────▶ backs off alone ── refused MAX_REFUSALS times ──▶ set aside, until it is redriven
 */
import { hours, type Instant, minutes } from '#lib/clock'
import type { AppError } from '#lib/errors'
import type { OwedWrite, Rest, Standing, Trouble, WriteBudget } from '#lib/github/ports'
import type { RefusalScope } from '#lib/github/refusals'
import type { Limits } from '#lib/github/shaper'
import type { Chance } from '#lib/ids'

/** The rest of the token itself. */
export const TOKEN = '*'
/** Refusals of one issue before it is set aside: about an hour, time enough to unlock an issue. */
export const MAX_REFUSALS = 6
/** The share of an hour's writes that may go to what was refused before. */
const RETRY_SHARE = 0.1

/** A refusal is seldom mended within a minute. */
const FIRST_RETRY = minutes(2)
const LONGEST_RETRY = hours(1)
/** A token that was replaced is noticed within this time. */
const LONGEST_REST = minutes(10)
const FIRST_REST = minutes(1)
/** An outage hits every debt alike: those are tried at every flush. A debt that alone fails again and again is not. */
const FORGIVEN_FAILURES = 2
const LONGEST_PAUSE = minutes(5)

type Rests = Standing['rests']

/** True for a debt that GitHub has refused, alone or with its repository: it stands behind all others. */
export function isRetry({ repository, trouble }: OwedWrite, rests: Rests): boolean {
  return (trouble?.refusals ?? 0) > 0 || rests[repository] !== undefined || rests[TOKEN] !== undefined
}

/** True while a debt, its repository or the token is to be left alone. */
export function isResting({ repository, trouble }: OwedWrite, rests: Rests, now: Instant): boolean {
  const until = [trouble?.not_before, rests[repository]?.until, rests[TOKEN]?.until]
  return until.some((at) => at !== undefined && at > now)
}

/** What may be tried now: first what was never refused, then the rest, each oldest first. */
export function dueOf(owed: readonly OwedWrite[], rests: Rests, now: Instant): readonly OwedWrite[] {
  const due = owed.filter((debt) => !isResting(debt, rests, now)).toSorted((a, b) => a.owed_since - b.owed_since)
  return [...due.filter((debt) => !isRetry(debt, rests)), ...due.filter((debt) => isRetry(debt, rests))]
}

/** Content writes that debts refused before may still make within this hour. */
export function retriesLeft({ retried = [] }: WriteBudget, now: Instant, limits: Limits): number {
  const recent = retried.filter((at) => at > now - hours(1) && at <= now + hours(1)).length
  return Math.max(0, Math.floor(limits.perHour * RETRY_SHARE) - recent)
}

/** Whom an error of the writer is about; undefined when waiting may mend it. */
export function scopeOf({ code, details }: AppError): RefusalScope | undefined {
  const { refused } = details
  if (refused === 'token' || refused === 'repository' || refused === 'item') return refused
  if (code === 'forbidden' || code === 'gone') return 'repository'
  return code === 'upstream_unavailable' || code === 'unavailable' || code === 'rate_limited' ? undefined : 'item'
}

export interface Occasion {
  readonly now: Instant
  readonly chance: Chance
}

/** The trouble of a debt after one more error; `scope` as `scopeOf` tells. */
export function troubleAfter(
  before: Trouble | undefined,
  { message }: AppError,
  scope: RefusalScope | undefined,
  { now, chance }: Occasion,
): Trouble {
  const { refusals = 0, failures = 0, since = now } = before ?? {}
  const said = { error: message, since }
  if (scope === undefined) {
    const pause = backoff(failures - FORGIVEN_FAILURES, { first: minutes(1), longest: LONGEST_PAUSE }, chance)
    return { ...said, refusals, failures: failures + 1, not_before: failures < FORGIVEN_FAILURES ? now : now + pause }
  }
  const pause = backoff(refusals, { first: FIRST_RETRY, longest: LONGEST_RETRY }, chance)
  return { ...said, refusals: refusals + 1, failures: 0, not_before: now + pause }
}

/** True when a debt has been refused so often that only a person can help. */
export function isGivenUp({ refusals }: Trouble): boolean {
  return refusals >= MAX_REFUSALS
}

/** The rest of a repository or of the token after one more refusal. */
export function restAfter(before: Rest | undefined, { message }: AppError, { now, chance }: Occasion): Rest {
  const { refusals = 0, since = now } = before ?? {}
  const pause = backoff(refusals, { first: FIRST_REST, longest: LONGEST_REST }, chance)
  return { refusals: refusals + 1, until: now + pause, error: message, since }
}

/** Doubles from `first` to `longest`; between half and the whole of it, so that debts do not come back together. */
function backoff(times: number, { first, longest }: { first: number; longest: number }, chance: Chance): number {
  const most = Math.min(longest, first * 2 ** Math.max(0, Math.min(times, 30)))
  return Math.round(most * (0.5 + chance() / 2))
}
