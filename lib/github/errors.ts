/** GitHub's refusals and silences, told in our own codes with a sentence that says how to mend them. */
import type { Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import { isLimitRefusal, type Spoken } from '#lib/github/limits'
import { lacksPermission, lacksScope, scopeOfRefusal } from '#lib/github/refusals'
import { maskSecrets } from '#lib/secrets/secrets'

/** Which call went wrong, e.g. `GET /repos/{owner}/{repo}/issues`; the route's template, so no untrusted text. */
export type Route = string

/** GitHub's explanations are one line; more than this is somebody's HTML page. */
const LONGEST_MESSAGE = 200
/** Masked before it is cut, so that no half of a secret is left. */
const MOST_READ = 2_000
const MOVED = [301, 307, 308]

/**
 * The error of an answer that is no success. `until` is when the gate opens again, if it is closed.
 * `details.refused` says whom a refusal is about, see refusals.ts.
 */
export function refusal(
  route: Route,
  answer: Spoken,
  wait: { readonly until: Instant | undefined; readonly now: Instant },
): AppError {
  const { status } = answer
  const refused = scopeOfRefusal(answer)
  const details = { ...namesOf(route, answer), ...movedTo(answer), ...(refused && { refused }) }
  const retryAfter = wait.until === undefined ? {} : { retryAfter: secondsUntil(wait.until, wait.now) }
  if (isLimitRefusal(answer)) return new AppError('rate_limited', limitSentence(answer), { details, ...retryAfter })
  if (status === 401) {
    return new AppError('forbidden', 'GitHub does not accept the token: it is wrong, revoked or expired.', { details })
  }
  if (status === 403) return new AppError('forbidden', missingRight(route, answer), { details })
  if (status === 404 || status === 410 || status === 451 || MOVED.includes(status)) {
    return new AppError('gone', goneSentence(status), { details })
  }
  if (status >= 500 || status === 408 || (status >= 300 && status < 400)) {
    return new AppError('upstream_unavailable', `GitHub answered ${status}.`, { details, ...retryAfter })
  }
  return new AppError('internal', `GitHub refused ${route} with ${status}: ${bounded(answer.message)}`, { details })
}

/** The error of a call that got no answer: refused connection, cut line, or no word within the time it had. */
export function noAnswer(route: Route, cause: unknown, timedOut: boolean): AppError {
  const message = timedOut ? 'GitHub did not answer in time.' : 'GitHub could not be reached.'
  return new AppError('upstream_unavailable', message, { cause, details: { route } })
}

/** The error of an answer whose shape is not the documented one. */
export function unreadable(route: Route, cause?: unknown): AppError {
  return new AppError('upstream_unavailable', 'GitHub gave an answer that cannot be read.', {
    cause,
    details: { route },
  })
}

/** The error of a call that was never made because GitHub asked for silence. */
export function gateClosed(until: Instant, now: Instant): AppError {
  return new AppError('rate_limited', 'GitHub asked for no requests for a while.', {
    retryAfter: secondsUntil(until, now),
  })
}

/** Whole seconds, rounded up: never early. */
function secondsUntil(until: Instant, now: Instant): number {
  return Math.max(0, Math.ceil((until - now) / 1000))
}

function namesOf(route: Route, { status, headers }: Spoken): Record<string, unknown> {
  const request_id = headers['x-github-request-id']
  return { route, status, ...(request_id === undefined ? {} : { request_id }) }
}

function movedTo({ status, headers }: Spoken): Record<string, unknown> {
  const location = headers['location']
  return MOVED.includes(status) && location !== undefined ? { moved_to: location } : {}
}

function goneSentence(status: number): string {
  return MOVED.includes(status)
    ? 'It has moved to another address on GitHub.'
    : 'It is not on GitHub, or the token may not see it.'
}

function limitSentence({ headers }: Spoken): string {
  return headers['x-ratelimit-remaining'] === '0'
    ? "The token's hourly requests to GitHub are spent."
    : 'GitHub asks this token to slow down (secondary limit).'
}

/** Says which right is missing only where GitHub says that one is: both headers come with every answer. */
function missingRight(route: Route, answer: Spoken): string {
  const { headers, message } = answer
  if (headers['x-github-sso'] !== undefined) return 'The GitHub token must be authorised for the organisation (SSO).'
  const permissions = headers['x-accepted-github-permissions']
  if (permissions && lacksPermission(answer)) {
    return `The GitHub token lacks a permission for ${route}: it needs ${bounded(permissions)}.`
  }
  const scopes = headers['x-accepted-oauth-scopes']
  if (scopes && lacksScope(headers)) {
    return `The GitHub token lacks a scope for ${route}: it needs one of ${bounded(scopes)}.`
  }
  return `GitHub forbids ${route}: ${bounded(message)}`
}

function bounded(text: string): string {
  const line = maskSecrets(text.slice(0, MOST_READ).replaceAll(/[^\x20-\x7e]+/g, ' ')).trim()
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line
}
