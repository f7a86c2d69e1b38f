/**
 * One token's line to GitHub: asks, waits when told to, retries what may be repeated, and speaks in AppErrors.
 *
 * The stock retry and throttling plugins are not used: they repeat POSTs, and sit out a limit by sleeping in process,
 * which a function pays for by the millisecond. Here a limit closes a gate and the caller comes back later.
 */
import { Octokit } from '@octokit/core'
import { RequestError } from '@octokit/request-error'
import { type Clock, type Instant, type Sleep, seconds, systemClock, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { noAnswer, refusal, unreadable } from '#lib/github/errors'
import { closedUntil, readRateLimit, type Spoken } from '#lib/github/limits'
import type { RateLimit } from '#lib/github/ports'
import { createSharedLimit, type LimitNote, type SharedLimit } from '#lib/github/shared-limit'
import { textOf } from '#lib/github/text'
import { isLoopback, type OwnerAndRepo } from '#lib/github/urls'
import { type Chance, systemChance } from '#lib/ids'

export interface ClientOptions {
  /** `https://api.github.com`, an Enterprise `…/api/v3`, or a loopback stand-in. */
  readonly baseUrl: string
  /** The token, or how to get a fresh one (a GitHub App's lives for an hour). */
  readonly token: string | (() => Promise<string>)
  readonly userAgent?: string
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number
  /** Milliseconds for a call with all its retries. */
  readonly deadlineMs?: number
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly chance?: Chance
  /** Where every process of this token notes the limits it was told; left out: this one knows its own alone. */
  readonly note?: LimitNote | undefined
}

/** What to put into a route's template, query or body, and which refusals are answers to the caller. */
export interface Ask {
  readonly params?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses beyond 2xx that are returned instead of thrown, e.g. 304. */
  readonly accept?: readonly number[]
  /** The repository that the call is about, where its parameters do not name one. */
  readonly place?: OwnerAndRepo
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Not validated yet. */
  readonly data: unknown
}

export interface GitHubClient {
  /**
   * Makes one call, e.g. `request('GET /repos/{owner}/{repo}/issues', { params })`; redirects are not followed.
   * Throws AppError `rate_limited`, `upstream_unavailable`, `forbidden`, `gone`, or `internal` for a call GitHub finds wrong.
   */
  request(route: string, ask?: Ask): Promise<Answer>
  /** Until when the gate is closed; in the past when it is open. */
  closedUntil(): Instant
  /** Closes the gate until `at`; never opens it early. For what another process of the same token was told. */
  closeUntil(at: Instant): void
  /** The newest figures seen, undefined before the first answer. */
  rateLimit(): RateLimit | undefined
}

/** GitHub itself gives up on a request after ten seconds. */
const ATTEMPT_TIMEOUT = seconds(10)
/** Room for three attempts of ordinary length inside a one-minute function. */
const CALL_DEADLINE = seconds(25)
/** A second retry catches a restarting backend; a third would only add to an outage. */
const MAX_RETRIES = 2
/** Upper bound of the first pause; it doubles, and a random part of it is waited. */
const FIRST_PAUSE = seconds(1)
const API_VERSION = '2022-11-28'
/** A log for Octokit, which would write to the console. */
export const SILENT = { debug: noop, info: noop, warn: noop, error: noop }
const SENDABLE = /^[\x21-\x7e]+$/

/** A client for one token. Keep it: the gate and the figures live in it. Throws AppError `invalid` on unusable options. */
export function createClient(options: ClientOptions): GitHubClient {
  const { clock = systemClock, sleep = systemSleep, chance = systemChance } = options
  const { timeoutMs = ATTEMPT_TIMEOUT, deadlineMs = CALL_DEADLINE } = options
  const limit = createSharedLimit({ note: options.note, clock })
  const exchange = createExchange(options, limit)
  let figures: RateLimit | undefined

  async function attempt(route: string, ask: Ask, timeout: number): Promise<Answer> {
    const answer = await exchange(route, ask, timeout)
    const spoken: Spoken = { status: answer.status, headers: answer.headers, message: messageOf(answer.data) }
    figures = readRateLimit(spoken) ?? figures
    const until = closedUntil(spoken, clock.now())
    if (until !== undefined) await limit.shut(until)
    const welcome = (answer.status >= 200 && answer.status < 300) || ask.accept?.includes(answer.status)
    if (!welcome) throw refusal(route, spoken, { until, now: clock.now() })
    return answer
  }

  return {
    async request(route, ask = {}) {
      const deadline = clock.now() + deadlineMs
      for (let retries = 0; ; retries += 1) {
        try {
          return await attempt(route, ask, Math.max(1, Math.min(timeoutMs, deadline - clock.now())))
        } catch (error) {
          const pause = chance() * FIRST_PAUSE * 2 ** retries
          const mayRetry = retries < MAX_RETRIES && clock.now() + pause < deadline
          if (!mayRetry || !isWorthRepeating(route, error)) throw error
          await sleep(pause)
        }
      }
    },
    closedUntil: limit.closedUntil,
    closeUntil: limit.closeUntil,
    rateLimit: () => figures,
  }
}

/** Only what changes nothing is repeated, and not where GitHub named a time: then the gate is closed. */
function isWorthRepeating(route: string, error: unknown): boolean {
  const passing = error instanceof AppError && error.code === 'upstream_unavailable' && error.retryAfter === undefined
  return passing && route.startsWith('GET ')
}

type Exchange = (route: string, ask: Ask, timeout: number) => Promise<Answer>

/** The wire: one HTTP exchange, whatever its status. Nothing is sent that `limit` forbids, not even at the last moment. */
function createExchange(options: ClientOptions, limit: SharedLimit): Exchange {
  const { baseUrl, token, userAgent = 'coxswain', fetch = globalThis.fetch } = options
  refuseUnusable(baseUrl, token)
  const send: typeof globalThis.fetch = (input, init) => {
    limit.check()
    return fetch(input, init)
  }
  const octokit = new Octokit({
    baseUrl: baseUrl.replace(/(?<!\/)\/+$/, ''),
    userAgent,
    log: SILENT,
    request: { redirect: 'manual', log: SILENT, fetch: send },
  })
  return async (route, ask, timeout) => {
    // Before the gate: fetching an App's token takes a while in which another call may be told to wait.
    const authorization = `Bearer ${typeof token === 'string' ? token : await token()}`
    await limit.pass()
    const headers = { ...ask.headers, authorization, 'x-github-api-version': API_VERSION }
    const signal = AbortSignal.timeout(timeout)
    try {
      const response = await octokit.request(route, { ...ask.params, headers, request: { signal } })
      return whole(route, response, signal)
    } catch (thrown) {
      return refusedAnswer(route, thrown, signal.aborted)
    }
  }
}

/** A refusal is an answer too. The RequestError itself is not carried on: it holds the request's body. */
function refusedAnswer(route: string, thrown: unknown, timedOut: boolean): Answer {
  if (!(thrown instanceof RequestError)) throw thrown instanceof AppError ? thrown : noAnswer(route, thrown, timedOut)
  if (thrown.response !== undefined) return answerOf(thrown.response)
  throw thrown.cause instanceof AppError ? thrown.cause : noAnswer(route, thrown.cause, timedOut)
}

/** A line cut in the middle of a JSON body leaves a string behind. */
function whole(route: string, response: RawResponse, signal: AbortSignal): Answer {
  const answer = answerOf(response)
  const isJson = answer.headers['content-type']?.includes('json') ?? false
  if (isJson && typeof answer.data === 'string') throw noAnswer(route, signal.reason, signal.aborted)
  if (answer.status === 200 && !isJson) throw unreadable(route)
  return answer
}

interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number | undefined>>
  readonly data: unknown
}

function answerOf({ status, headers, data }: RawResponse): Answer {
  return { status, headers: headersOf(headers), data }
}

/** Headers as text. */
export function headersOf(headers: RawResponse['headers']): Answer['headers'] {
  const texts = Object.entries(headers).map(([name, value]) => [name, value === undefined ? undefined : String(value)])
  return Object.fromEntries(texts)
}

/** What GitHub says: the `message` of its JSON, or the text of a web page, as its edge sends for secondary limits. */
function messageOf(data: unknown): string {
  if (typeof data === 'string') return textOf(data)
  if (typeof data !== 'object' || data === null || !('message' in data)) return ''
  return typeof data.message === 'string' ? data.message : ''
}

/** Checked here, because fetch would quote an unsendable token in its error. */
function refuseUnusable(baseUrl: string, token: ClientOptions['token']): void {
  if (typeof token === 'string' && !SENDABLE.test(token)) {
    throw new AppError('invalid', 'The GitHub token is empty or holds characters that cannot be sent.')
  }
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url))) {
    throw new AppError('invalid', 'The GitHub API address must be https (http only on loopback).')
  }
}

function noop(): void {}
