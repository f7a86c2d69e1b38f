/** A question brought to an answer: in its turn, repeated with jitter, by the fallback when the first is away. */
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import type { Failure } from '#lib/councils/model'
import type { CallOptions } from '#lib/councils/ports'
import type { Chance } from '#lib/ids'
import { type Backend, estimateTokens, type Heard, type Question, type Unheard, unheard } from './backend.ts'
import type { Breaker, Open } from './breaker.ts'
import type { Lines } from './lines.ts'
import { stopped, timedOut } from './silence.ts'

export interface CallerPorts {
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly lines: Lines
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** Who is asked, and who when that one is out of order. */
export interface Route {
  readonly first: Backend
  readonly fallback: Backend | null
}

export interface Answer {
  readonly by: Backend
  readonly heard: Heard | Unheard
  /** Why the fallback was asked; null when it was not. */
  readonly insteadOf: Failure | null
}

export type Caller = (route: Route, question: Question, call: CallOptions) => Promise<Answer>

/** No request lasts longer, whatever the caller's deadline. */
const LONGEST_REQUEST = seconds(300)
/** Tries of one question while its deadline lasts. */
const MAX_TRIES = 3
const FIRST_BACKOFF = 500
/** With less than this left another try is not worth its while. */
const WORTHWHILE_MS = 1_000

export function createCaller({ clock, sleep, chance, lines, warn }: CallerPorts): Caller {
  /** True when asking would be of no use before the deadline. */
  const isAway = (backend: Backend, { deadline }: CallOptions) =>
    lines.breaker(backend).open() !== undefined || lines.rest(backend).until() + WORTHWHILE_MS > deadline

  return async ({ first, fallback }, question, call) => {
    const heard = await insist(first, question, call, fallback !== null)
    if (heard.kind === 'heard' || fallback === null) return { by: first, heard, insteadOf: null }
    if (!heard.fallOver && !isAway(first, call)) return { by: first, heard, insteadOf: null }
    if (call.signal.aborted || clock.now() >= call.deadline) return { by: first, heard, insteadOf: null }
    const { failure } = heard
    warn('the fallback model is asked', { model: first.model, fallback: fallback.model, ...failure })
    const other = await insist(fallback, question, keyed(call, fallback), false)
    return { by: fallback, heard: afterBoth(heard, other, first), insteadOf: failure }
  }

  /** Asks until there is an answer, a repeat is of no use, or (`spared`) somebody else would answer sooner. */
  async function insist(by: Backend, question: Question, call: CallOptions, spared: boolean) {
    for (let tries = 1; ; tries += 1) {
      const heard = await once(by, question, call)
      if (heard.kind === 'heard' || !heard.repeat || tries >= MAX_TRIES) return heard
      if (spared && isAway(by, call)) return heard
      const pause = pauseAfter(tries, heard, chance)
      if (clock.now() + pause + WORTHWHILE_MS > call.deadline) return heard
      await wait(pause, call.signal)
    }
  }

  async function once(by: Backend, question: Question, call: CallOptions): Promise<Heard | Unheard> {
    const breaker = lines.breaker(by)
    const before = breaker.open()
    if (before !== undefined) return leftAlone(by, before)
    const turn = lines.limiter(by).reserve(expected(question))
    const late = await inTurn(by, turn.at, call)
    // While this one waited, another may have found the vendor away, or have begun to try it.
    const open = breaker.open()
    if (late !== undefined || open !== undefined) {
      turn.giveBack()
      return late ?? leftAlone(by, open)
    }
    const tried = breaker.enter()
    const { signal, ours } = requestTime(call)
    const said = await by.ask(question, { key: headerSafe(call.key), signal })
    const heard = inTime(said, by, { call, ours })
    const tokens = heard.tokens
    if (tokens !== null) turn.settle(tokens.input_tokens + tokens.output_tokens)
    if (heard.kind === 'unheard' && heard.retryAfterMs !== null) lines.rest(by).hold(clock.now() + heard.retryAfterMs)
    judge(breaker, heard, tried)
    return heard
  }

  /** Waits until `at` and until the rest that was demanded is over; why not when that is too late. */
  async function inTurn(by: Backend, at: Instant, call: CallOptions): Promise<Unheard | undefined> {
    for (;;) {
      if (call.signal.aborted) return stopped(by.vendor, call.signal)
      const left = Math.max(at, lines.rest(by).until()) - clock.now()
      if (clock.now() >= call.deadline) return unheard('timeout', `There was no time left to ask ${by.vendor}.`)
      if (left <= 0) return undefined
      if (clock.now() + left >= call.deadline)
        return unheard(
          'rate_limited',
          `${by.vendor} can be asked again in ${Math.ceil(left / 1000)} s, after the deadline.`,
          { fallOver: true },
        )
      await wait(left, call.signal)
    }
  }

  /** A caller that rings at the deadline need not say so: a call that ends then ends for want of time. */
  function inTime(
    heard: Heard | Unheard,
    by: Backend,
    { call, ours }: { readonly call: CallOptions; readonly ours: boolean },
  ): Heard | Unheard {
    if (heard.kind === 'heard') return heard
    const { kind } = heard.failure
    const late = kind === 'timeout' || (kind === 'cancelled' && clock.now() >= call.deadline)
    return late ? timedOut(by.vendor, ours) : heard
  }

  /** `ours`: what ends it first is the time that we give a call, not the time that the caller has. */
  function requestTime({ signal, deadline, limit }: CallOptions) {
    const left = deadline - clock.now()
    const ours = left > LONGEST_REQUEST || limit === 'call_time'
    const timeout = AbortSignal.timeout(Math.max(1, Math.min(left, LONGEST_REQUEST)))
    return { signal: AbortSignal.any([signal, timeout]), ours }
  }

  /** Sleeps, or less when the caller gives up. */
  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    signal.addEventListener('abort', wake, { once: true })
    await Promise.race([sleep(ms), aborted])
    signal.removeEventListener('abort', wake)
  }
}

/** A refusal shows that the vendor is there; a call that its caller ended shows nothing. */
function judge(breaker: Breaker, heard: Heard | Unheard, tried: boolean): void {
  if (heard.kind === 'heard') breaker.succeeded()
  else if (heard.failure.kind === 'quota_exhausted') breaker.refused(heard.failure)
  else if (heard.outage) breaker.failed()
  else if (heard.failure.kind === 'cancelled' || heard.failure.kind === 'timeout') breaker.abandoned(tried)
  else breaker.succeeded()
}

function leftAlone({ vendor, model }: Backend, open: Open | undefined): Unheard {
  const { refusal = null, leftMs = 0 } = open ?? {}
  if (refusal === null)
    return unheard('unavailable', `${vendor} failed repeatedly and is left alone for a while.`, { fallOver: true })
  const again = `${model} is asked again in ${Math.ceil(leftMs / 1000)} s.`
  return unheard(refusal.kind, `${refusal.message} ${again}`, { fallOver: true })
}

/** What both said when neither answered: the reason of the first must not be lost. */
function afterBoth(first: Unheard, other: Heard | Unheard, { model }: Backend): Heard | Unheard {
  if (other.kind === 'heard') return other
  const message = `${other.failure.message} It was asked because ${model} failed: ${first.failure.message}`
  return { ...other, failure: { ...other.failure, message } }
}

/** Another model is another request: under the same key a vendor could answer it with the first one's answer. */
function keyed(call: CallOptions, by: Backend): CallOptions {
  return { ...call, key: `${call.key}:${by.model}` }
}

/** An agent’s id may hold what a header must not. */
const headerSafe = (key: string): string => encodeURI(key.toWellFormed())

/** As long as the other side wishes, else twice as long each time with a random half. */
function pauseAfter(tries: number, { retryAfterMs }: Unheard, chance: Chance): number {
  return Math.max(retryAfterMs ?? 0, FIRST_BACKOFF * 2 ** (tries - 1) * (0.5 + chance() / 2))
}

/** What a limit is asked for; the difference is settled when the answer is there. */
function expected({ prompt, max_tokens }: Question): number {
  return estimateTokens(prompt.system + prompt.user) + max_tokens
}
