/** What GitHub's answers say about when it may be asked again. Pure. */
import { fromTimestamp, hours, type Instant, minutes, seconds } from '#lib/clock'
import type { RateLimit } from '#lib/github/ports'

/** An answer as far as limits are concerned; header names are lower-case. */
export interface Spoken {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** GitHub's own explanation of a refusal. */
  readonly message: string
}

/** GitHub asks for at least a minute after a secondary limit that names no time. */
const UNNAMED_WAIT = minutes(1)
/** No limit of GitHub lasts a day: a longer wait is a garbled header and must not lock the token out. */
const LONGEST_WAIT = hours(24)
const LIMIT_MESSAGE = /rate limit|abuse detection/i

/** The figures of the token's primary limit, undefined when the answer carries none or those of another resource. */
export function readRateLimit({ headers }: Pick<Spoken, 'headers'>): RateLimit | undefined {
  const limit = wholeNumber(headers['x-ratelimit-limit'])
  const remaining = wholeNumber(headers['x-ratelimit-remaining'])
  const reset = wholeNumber(headers['x-ratelimit-reset'])
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined
  if ((headers['x-ratelimit-resource'] ?? 'core') !== 'core') return undefined
  return { limit, remaining, resets_at: seconds(reset) }
}

/**
 * The instant before which GitHub wants no request, undefined when it named none.
 * Waits are measured on GitHub's own clock (its Date header), so that a skewed clock here neither calls early nor sleeps long.
 */
export function closedUntil(answer: Spoken, now: Instant): Instant | undefined {
  const waits = [retryAfter(answer), untilReset(answer, now), unnamedWait(answer)].filter((wait) => wait !== undefined)
  if (waits.length === 0) return undefined
  return now + Math.min(Math.max(...waits, 0), LONGEST_WAIT)
}

/** True when the refusal is about how often we ask, not about what we ask. */
export function isLimitRefusal(answer: Spoken): boolean {
  if (answer.status === 429) return true
  if (answer.status !== 403) return false
  const { headers } = answer
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    LIMIT_MESSAGE.test(answer.message)
  )
}

function retryAfter({ status, headers }: Spoken): number | undefined {
  const named = headers['retry-after']
  if (named === undefined || (status !== 403 && status !== 429 && status < 500)) return undefined
  const count = wholeNumber(named)
  if (count !== undefined) return seconds(count)
  const wait = fromTimestamp(named) - fromTimestamp(headers['date'] ?? '')
  return Number.isFinite(wait) ? wait : UNNAMED_WAIT
}

function untilReset({ headers }: Spoken, now: Instant): number | undefined {
  const figures = readRateLimit({ headers })
  if (figures === undefined || figures.remaining > 0) return undefined
  const theirs = fromTimestamp(headers['date'] ?? '')
  return figures.resets_at - (Number.isFinite(theirs) ? theirs : now)
}

function unnamedWait(answer: Spoken): number | undefined {
  const named = answer.headers['retry-after'] !== undefined || answer.headers['x-ratelimit-remaining'] === '0'
  return !named && isLimitRefusal(answer) ? UNNAMED_WAIT : undefined
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined
}
