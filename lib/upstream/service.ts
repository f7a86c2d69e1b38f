/** One service behind one function: asks, repeats what may be repeated, breaks the circuit, validates the answer. */
import type * as z from 'zod'
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { serviceBase } from './addresses.ts'
import { createBreaker } from './breaker.ts'
import { failed, isOutage, type ServiceName } from './outcome.ts'
import type { Fetch } from './service-fetch.ts'
import { type Answer, exchange } from './wire.ts'

/** One question to a service. */
export interface Ask<T> {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** `/projects/{id}`; each name in braces is filled from `params`, escaped. */
  readonly route: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly schema: z.ZodType<T>
  /** What a refusal means, e.g. none for a 404; undefined leaves it a failure. May throw what it means. */
  readonly otherwise?: (answer: Answer) => T | undefined
}

/** On whose behalf a question is asked. */
export interface Errand {
  readonly correlationId?: string | undefined
  /** Until when all answers are needed. */
  readonly deadline?: Instant | undefined
}

export type Asker = <T>(ask: Ask<T>) => Promise<T>
export type Service = (errand: Errand) => Asker

export interface ServicePorts {
  readonly fetch: Fetch
  /** `host:port` of services on this very machine. */
  readonly allowed: readonly string[]
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  /** Milliseconds for one try of a call that may be repeated. */
  readonly attemptMs: number
  /** Milliseconds for a call with all its repeats, when its errand names no deadline. */
  readonly deadlineMs: number
}

/** A second repeat catches a restarting service; a third would only add to an outage. */
const MAX_REPEATS = 2
/** Upper bound of the first pause; it doubles, and a random part of it is waited. */
const FIRST_PAUSE = seconds(0.4)

export function createService(name: ServiceName, baseUrl: string, ports: ServicePorts): Service {
  const { clock, sleep, chance, fetch, attemptMs, deadlineMs } = ports
  const base = serviceBase(name, baseUrl, ports.allowed)
  const breaker = createBreaker(clock)

  /** What one try is given where no caller's deadline cuts it short. */
  const fullTime = (ask: Ask<unknown>) => (mayRepeat(ask) ? attemptMs : deadlineMs)

  async function attempt<T>(ask: Ask<T>, errand: Errand, timeoutMs: number): Promise<T> {
    const { method, route, body } = ask
    const url = `${base}${pathOf(ask)}`
    const { correlationId } = errand
    const hasFullTime = timeoutMs >= fullTime(ask)
    const call = { service: name, method, route, url, body, correlationId, timeoutMs, hasFullTime }
    const answer = await exchange(fetch, call)
    return meaningOf(name, ask, answer)
  }

  return (errand) => async (ask) => {
    const route = `${ask.method} ${ask.route}`
    const deadline = errand.deadline ?? clock.now() + deadlineMs
    const isOpen = (retryAfter: number) => failed({ service: name, route, reason: 'circuit_open', retryAfter })
    for (let repeats = 0; ; repeats += 1) {
      const left = Math.max(1, deadline - clock.now())
      try {
        return await breaker.run(() => attempt(ask, errand, mayRepeat(ask) ? Math.min(attemptMs, left) : left), isOpen)
      } catch (error) {
        const pause = chance() * FIRST_PAUSE * 2 ** repeats
        const hasTime = repeats < MAX_REPEATS && clock.now() + pause < deadline
        if (!mayRepeat(ask) || !hasTime || !isOutage(error)) throw error
        await sleep(pause)
      }
    }
  }
}

const mayRepeat = ({ method }: Ask<unknown>): boolean => method !== 'POST'

function pathOf({ route, params = {}, query }: Ask<unknown>): string {
  const path = route.replaceAll(/\{(\w+)\}/g, (_, key: string) => segmentOf(params[key] ?? ''))
  return query === undefined ? path : `${path}?${new URLSearchParams(query)}`
}

/** One segment of a path. Dots alone would climb out of it even when escaped. */
function segmentOf(text: string): string {
  const escaped = encodeURIComponent(text)
  return /^\.{1,2}$/.test(escaped) ? escaped.replaceAll('.', '%252E') : escaped
}

/** The value an answer stands for. */
function meaningOf<T>(service: ServiceName, ask: Ask<T>, answer: Answer): T {
  const { status, retryAfter } = answer
  const route = `${ask.method} ${ask.route}`
  if (status >= 200 && status < 300) {
    const read = ask.schema.safeParse(answer.data)
    if (read.success) return read.data
    throw failed({ service, route, reason: 'unreadable', status, cause: read.error })
  }
  const meant = ask.otherwise?.(answer)
  if (meant !== undefined) return meant
  throw failed({ service, route, reason: status >= 500 ? 'server_error' : 'refused', status, retryAfter })
}
