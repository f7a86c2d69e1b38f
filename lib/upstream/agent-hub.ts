/** The agent hub: experts that are invoked for a phase or asked a question. One deadline, retries inside it, a breaker. */
import * as z from 'zod'
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import { AppError, isRetryable } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { AgentHub, Asked, CallOptions, Invoked, Unusable } from '#lib/workflows/ports'
import type { GuardedAnswer, GuardedFetch } from './guarded-fetch.ts'

export interface AgentHubPorts {
  readonly fetch: GuardedFetch
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
}

/** No call lasts longer, all its tries together. */
const LONGEST_CALL = seconds(300)
/** Tries of one call while its deadline lasts. */
const MAX_TRIES = 3
const FIRST_BACKOFF = 500
/** With less than this left of the deadline another try is not worth its while. */
const WORTHWHILE_MS = 1_000
/** Failures in a row after which the hub is left alone for a while. */
const BREAKS_AFTER = 5
const OPEN_FOR = seconds(30)
/** What an answer may say; a result has to fit an item of 400 KB. */
const MAX_ANSWER_BYTES = 300_000
const MAX_TEXT = 16_000
/** An error is quoted up to this many characters. */
const MAX_QUOTED = 300

const confidence = z.number().min(0).max(100)
const strings = z.array(z.string()).nullish()

const invoked = z.object({
  success: z.boolean(),
  result: z.record(z.string(), z.unknown()).nullish(),
  confidence,
  metadata: z.record(z.string(), z.unknown()).nullish(),
  error: z.string().nullish(),
  escalation_id: z.string().max(200).nullish(),
})

const asked = z.object({
  answer: z.string().max(MAX_TEXT),
  rationale: z.string().max(MAX_TEXT).default(''),
  confidence,
  uncertainty_reasons: strings,
  status: z.enum(['resolved', 'pending_human', 'needs_reroute']),
  escalation_id: z.string().max(200).nullish(),
})

const healthy = z.object({ status: z.string(), version: z.string().default(''), connected_agents: strings })
const told = z.object({ code: z.string().optional(), message: z.string() })
/** `{error}`, or the same inside `detail`, or `detail` as plain text. */
const complaint = z.union([
  z.object({ error: told }).transform(({ error }) => error.message),
  z.object({ detail: z.object({ error: told }) }).transform(({ detail }) => detail.error.message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
  z.object({ error: z.string() }).transform(({ error }) => error),
])

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
}

/** `baseUrl` is the hub's root, checked before. */
export function createAgentHub(baseUrl: string, ports: AgentHubPorts): AgentHub {
  const breaker = createBreaker(ports.clock)
  const root = baseUrl.replace(/(?<!\/)\/+$/, '')

  return {
    async invoke({ agent, ...body }, options) {
      const answer = await call({ method: 'POST', path: `/invoke/${agent}`, body }, options)
      return read(
        answer,
        invoked,
        (it): Invoked => ({
          kind: 'answer',
          success: it.success,
          result: it.result ?? {},
          confidence: it.confidence,
          metadata: it.metadata ?? {},
          error: it.error ?? null,
          escalation_id: it.escalation_id ?? null,
        }),
      )
    },

    async ask({ topic, ...body }, options) {
      const answer = await call({ method: 'POST', path: `/ask/${topic}`, body }, options)
      return read(answer, asked, (it): Asked => {
        const { uncertainty_reasons, escalation_id, ...rest } = it
        const reasons = uncertainty_reasons ?? []
        return { kind: 'answer', ...rest, uncertainty_reasons: reasons, escalation_id: escalation_id ?? null }
      })
    },

    async answerEscalation(id, answer, options) {
      const path = `/escalations/${encodeURIComponent(id)}`
      const reply = await call({ method: 'POST', path, body: answer }, options)
      if (reply.status >= 300) throw new AppError('conflict', `The agent hub refused: ${complaintOf(reply)}.`)
    },

    async health() {
      const answer = await call({ method: 'GET', path: '/health' }, { idempotencyKey: '', deadlineMs: seconds(3) })
      const it = healthy.safeParse(jsonOf(answer.text))
      if (!it.success) throw away('says nothing of its health that can be read')
      const { status, version, connected_agents } = it.data
      return { status, version, connected_agents: connected_agents ?? [] }
    },
  }

  /** Tries until an answer comes that is no 5xx, 429 or silence, or the deadline is near. */
  async function call(what: Call, options: CallOptions): Promise<GuardedAnswer> {
    const until = ports.clock.now() + Math.min(options.deadlineMs, LONGEST_CALL)
    for (let tries = 1; ; tries++) {
      breaker.check()
      const tried = await once(what, options, until)
      if (tried.kind === 'answer') return tried.answer
      const wait = FIRST_BACKOFF * 2 ** (tries - 1) * (0.5 + ports.chance() / 2)
      const pause = Math.max(wait, seconds(tried.error.retryAfter ?? 0))
      const isLast = tries >= MAX_TRIES || options.signal?.aborted === true
      if (isLast || ports.clock.now() + pause + WORTHWHILE_MS > until) throw tried.error
      await ports.sleep(pause)
    }
  }

  async function once({ method, path, body }: Call, options: CallOptions, until: Instant) {
    const { idempotencyKey, signal } = options
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const key = idempotencyKey === '' ? {} : { 'idempotency-key': idempotencyKey }
    try {
      const answer = await ports.fetch({
        method,
        url: root + path,
        headers: { accept: 'application/json', ...json, ...key },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        timeoutMs: Math.max(1, until - ports.clock.now()),
        maxBytes: MAX_ANSWER_BYTES,
        ...(signal !== undefined && { signal }),
      })
      if (answer.status < 500 && answer.status !== 429) {
        breaker.succeeded()
        return { kind: 'answer' as const, answer }
      }
      return failed(away(`answers ${answer.status}: ${complaintOf(answer)}`, retryAfterOf(answer)))
    } catch (error) {
      if (!isRetryable(error)) throw error
      return silent(error, options)
    }
  }

  /** A caller's own deadline, shorter than what a call is given, is no fault of the hub; nor is a call he gave up. */
  function silent(cause: unknown, { deadlineMs, signal }: CallOptions) {
    if (signal?.aborted) return { kind: 'failed' as const, error: away('was not waited for', undefined, cause) }
    const error = away('does not answer', undefined, cause)
    return isOutOfTime(cause) && deadlineMs < LONGEST_CALL ? { kind: 'failed' as const, error } : failed(error)
  }

  function failed(error: AppError) {
    breaker.failed()
    return { kind: 'failed' as const, error }
  }
}

/** Takes the place of a hub that is not configured: each call fails with what is missing. */
export function noAgentHub(): AgentHub {
  const missing = async () => {
    throw away('has no address: set AGENT_HUB_URL')
  }
  return { invoke: missing, ask: missing, answerEscalation: missing, health: missing }
}

/** The reply as a value; one that refuses, or that nobody can read, is unusable. */
function read<T, U>(answer: GuardedAnswer, schema: z.ZodType<T>, map: (value: T) => U): U | Unusable {
  if (answer.status < 200 || answer.status >= 300) {
    return { kind: 'unusable', message: `The agent hub refused (${answer.status}): ${complaintOf(answer)}.` }
  }
  const parsed = schema.safeParse(jsonOf(answer.text))
  if (parsed.success) return map(parsed.data)
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole').slice(0, 5)
  return { kind: 'unusable', message: `The agent hub’s answer cannot be read: ${where.join(', ')}.` }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value))
  } catch {
    return undefined
  }
}

function complaintOf({ text }: GuardedAnswer): string {
  const parsed = complaint.safeParse(jsonOf(text))
  const message = parsed.success ? parsed.data : text
  // A page of HTML or a trace is no news; control characters have no place in a log line.
  const line = message
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
  return line.slice(0, MAX_QUOTED) || 'no reason given'
}

function retryAfterOf({ headers }: GuardedAnswer): number | undefined {
  const named = headers['retry-after']
  return named !== undefined && /^\d{1,5}$/.test(named) ? Number(named) : undefined
}

function away(how: string, retryAfter?: number, cause?: unknown): AppError {
  return new AppError('upstream_unavailable', `The agent hub ${how}.`, {
    details: { service: 'agent_hub' },
    ...(retryAfter !== undefined && { retryAfter }),
    ...(cause !== undefined && { cause }),
  })
}

/** True when the request ended by its time limit. */
function isOutOfTime(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at.name === 'TimeoutError') return true
  }
  return false
}

/** Leaves a hub alone that failed several times in a row; after a while one call tries whether it is back. */
function createBreaker(clock: Clock) {
  let failures = 0
  let openUntil: Instant = 0
  return {
    check(): void {
      const left = openUntil - clock.now()
      if (failures < BREAKS_AFTER) return
      // A clock that jumped back must not keep it open for longer than it was meant to be.
      if (left > 0 && left <= OPEN_FOR)
        throw away('failed several times in a row and is left alone', Math.ceil(left / 1000))
      // Half open: this call tries; those that come meanwhile wait on.
      openUntil = clock.now() + OPEN_FOR
    },
    succeeded(): void {
      failures = 0
    },
    failed(): void {
      failures += 1
      if (failures >= BREAKS_AFTER) openUntil = clock.now() + OPEN_FOR
    },
  }
}
