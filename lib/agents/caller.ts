/** A question brought to an answer: in its turn, repeated with jitter, by the fallback when the first is away. */
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import type { CallOptions } from '#lib/councils/ports'
import type { Chance } from '#lib/ids'
import { type Backend, estimateTokens, type Heard, type Question, type Unheard, unheard } from './backend.ts'
import type { Breaker } from './breaker.ts'
import type { Lines } from './lines.ts'
import { stopped } from './silence.ts'

export interface CallerPorts {
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly lines: Lines
}

/** Who is asked, and who when that one is out of order. */
export interface Route {
  readonly first: Backend
  readonly fallback: Backend | null
}

export interface Answer {
  readonly by: Backend
  readonly heard: Heard | Unheard
}

export type Caller = (route: Route, question: Question, call: CallOptions) => Promise<Answer>

/** No request lasts longer, whatever the caller's deadline. */
const LONGEST_REQUEST = seconds(300)
/** Tries of one question while its deadline lasts. */
const MAX_TRIES = 3
const FIRST_BACKOFF = 500
/** With less than this left another try is not worth its while. */
const WORTHWHILE_MS = 1_000

export function createCaller({ clock, sleep, chance, lines }: CallerPorts): Caller {
  /** True when asking would be of no use before the deadline. */
  const isAway = (backend: Backend, { deadline }: CallOptions) =>
    lines.breaker(backend).isOpen() || lines.limiter(backend).heldUntil() >= deadline
  const choose = ({ first, fallback }: Route, call: CallOptions) =>
    fallback !== null && isAway(first, call) ? fallback : first

  return async (route, question, call) => {
    for (let tries = 1; ; tries += 1) {
      const by = choose(route, call)
      const heard = await once(by, question, keyed(call, by, route))
      if (heard.kind === 'heard' || !heard.repeat || tries >= MAX_TRIES) return { by, heard }
      // Whoever steps in has done nothing to be spared for.
      const pause = choose(route, call) === by ? pauseAfter(tries, heard, chance) : 0
      if (clock.now() + pause + WORTHWHILE_MS > call.deadline) return { by, heard }
      await wait(pause, call.signal)
    }
  }

  async function once(by: Backend, question: Question, call: CallOptions): Promise<Heard | Unheard> {
    const breaker = lines.breaker(by)
    if (breaker.isOpen()) return unheard('unavailable', `${by.vendor} failed repeatedly and is left alone for a while.`)
    const limiter = lines.limiter(by)
    const turn = limiter.reserve(expected(question))
    const late = await inTurn(by, turn.at, call)
    if (late !== undefined) {
      turn.giveBack()
      return late
    }
    breaker.enter()
    const heard = inTime(await by.ask(question, { key: headerSafe(call.key), signal: requestSignal(call) }), by, call)
    const tokens = heard.tokens
    if (tokens !== null) turn.settle(tokens.input_tokens + tokens.output_tokens)
    if (heard.kind === 'unheard' && heard.retryAfterMs !== null) limiter.hold(clock.now() + heard.retryAfterMs)
    judge(breaker, heard)
    return heard
  }

  /** Waits until `at` and until nobody demanded a rest; why not when that is too late. */
  async function inTurn(by: Backend, at: Instant, call: CallOptions): Promise<Unheard | undefined> {
    for (;;) {
      if (call.signal.aborted) return stopped(by.vendor, call.signal)
      const left = Math.max(at, lines.limiter(by).heldUntil()) - clock.now()
      if (clock.now() >= call.deadline) return unheard('timeout', `There was no time left to ask ${by.vendor}.`)
      if (left <= 0) return undefined
      if (clock.now() + left >= call.deadline)
        return unheard(
          'rate_limited',
          `${by.vendor} can be asked again in ${Math.ceil(left / 1000)} s, after the deadline.`,
        )
      await wait(left, call.signal)
    }
  }

  /** Whoever rings at the deadline need not say so: a call that ends then ends for want of time. */
  function inTime(heard: Heard | Unheard, by: Backend, { deadline }: CallOptions): Heard | Unheard {
    const late = heard.kind === 'unheard' && heard.failure.kind === 'cancelled' && clock.now() >= deadline
    return late ? unheard('timeout', `${by.vendor} did not answer in time.`, { outage: true }) : heard
  }

  function requestSignal({ signal, deadline }: CallOptions): AbortSignal {
    const left = Math.max(1, Math.min(deadline - clock.now(), LONGEST_REQUEST))
    return AbortSignal.any([signal, AbortSignal.timeout(left)])
  }

  /** Sleeps, or less when nobody waits any more. */
  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    signal.addEventListener('abort', wake, { once: true })
    await Promise.race([sleep(ms), aborted])
    signal.removeEventListener('abort', wake)
  }
}

/** A refusal shows that somebody is there; a call that was taken back shows nothing. */
function judge(breaker: Breaker, heard: Heard | Unheard): void {
  if (heard.kind === 'unheard' && heard.outage) breaker.failed()
  else if (heard.kind === 'heard' || heard.failure.kind !== 'cancelled') breaker.succeeded()
}

/** Another model is another request: under the same key a vendor could answer it with the first one's answer. */
function keyed(call: CallOptions, by: Backend, { first }: Route): CallOptions {
  return by === first ? call : { ...call, key: `${call.key}:${by.model}` }
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
