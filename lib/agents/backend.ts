/** What stands behind an agent: something that answers one question per request, or says why it did not. */
import { fromTimestamp, type Instant, seconds } from '#lib/clock'
import type { Failure, FailureKind, Tokens } from '#lib/councils/model'
import type { Prompt } from './prompts.ts'

export const STAGES = ['generate', 'critique', 'revise', 'judge'] as const
export type Stage = (typeof STAGES)[number]

/** A JSON Schema, as zod writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** One question, in words for a model and in data for an agent service. */
export interface Question {
  readonly stage: Stage
  readonly prompt: Prompt
  /** Of the answer; null when it is plain text. */
  readonly schema: JsonSchema | null
  readonly data: Readonly<Record<string, unknown>>
  readonly temperature: number
  readonly max_tokens: number
}

/** One request. */
export interface Line {
  /** The same for each repeat of the same request, so that a vendor that knows it charges once. */
  readonly key: string
  readonly signal: AbortSignal
}

export interface Heard {
  readonly kind: 'heard'
  /** Plain text, or JSON when a schema was given; not yet believed. */
  readonly text: string
  readonly tokens: Tokens
  /** What the other side says it cost, US dollars; null when it does not say. */
  readonly cost_usd: number | null
  /** True when the limit of tokens ended the answer before the model did. */
  readonly cut: boolean
  /** True when a schema was wanted and the endpoint refuses one: the form was asked for in words alone. */
  readonly withoutSchema?: boolean
}

export interface Unheard {
  readonly kind: 'unheard'
  readonly failure: Failure
  /** True when the same request may fare better a little later. */
  readonly repeat: boolean
  /** ms the other side wants to be left alone for; null when it does not say. */
  readonly retryAfterMs: number | null
  /** True when the other side itself is in trouble: these open the circuit. */
  readonly outage: boolean
  /** True when another model may answer although this one does not: its rate or quota is spent, or it is overloaded. */
  readonly fallOver: boolean
  /** What was used all the same. */
  readonly tokens: Tokens | null
}

export interface Backend {
  /** `anthropic`, `openai`, or the host of an address of its own: who is limited as one. */
  readonly vendor: string
  readonly model: string
  /** True for somebody's own hardware, whose tokens cost nothing unless a price is configured. */
  readonly own: boolean
  /** Never throws for what the other side does. */
  ask(question: Question, line: Line): Promise<Heard | Unheard>
}

export function unheard(
  kind: FailureKind,
  message: string,
  about: Partial<Omit<Unheard, 'kind' | 'failure'>> = {},
): Unheard {
  const failure = { kind, message }
  return {
    kind: 'unheard',
    failure,
    repeat: false,
    retryAfterMs: null,
    outage: false,
    fallOver: false,
    tokens: null,
    ...about,
  }
}

/** Timeouts, conflicts and "too early" of HTTP: the same request may be repeated. */
const TRANSIENT = new Set([408, 409, 425])

/**
 * What a status that is no success means. Nothing of the answer's text is quoted: vendors repeat parts of keys and of
 * prompts in theirs.
 */
export function ofStatus(vendor: string, status: number, retryAfterMs: number | null): Unheard {
  const said = `${vendor} answers ${status}`
  if (status === 429)
    return unheard('rate_limited', `${said}: too many requests.`, { repeat: true, retryAfterMs, fallOver: true })
  if (status === 503 || status === 529)
    return unheard('unavailable', `${said}: overloaded.`, { repeat: true, retryAfterMs, outage: true, fallOver: true })
  if (status >= 500) return unheard('unavailable', `${said}.`, { repeat: true, retryAfterMs, outage: true })
  if (TRANSIENT.has(status)) return unheard('unavailable', `${said}.`, { repeat: true, retryAfterMs })
  if (status === 413) return unheard('too_large', `${said}: the request is too large.`)
  if (status === 401 || status === 403)
    return unheard('unavailable', `${said}: the key is missing, wrong or not allowed.`)
  if (status === 404) return unheard('unavailable', `${said}: the address or the model is unknown.`)
  if (status >= 300 && status < 400) return unheard('unavailable', `${said}: redirects are not followed.`)
  return unheard('refused', `${said}: the request is refused.`)
}

/** Longer rests than this are taken for a mistake and cut. */
const LONGEST_REST = seconds(3_600)

/** ms of `retry-after-ms` or of `retry-after`, which is in seconds or a date; null when neither says anything. */
export function retryAfterOf(header: (name: string) => string | null | undefined, now: Instant): number | null {
  const ms = header('retry-after-ms') ?? ''
  const after = header('retry-after') ?? ''
  const left = /^\d{1,9}$/.test(ms)
    ? Number(ms)
    : /^\d{1,6}(\.\d+)?$/.test(after)
      ? seconds(Number(after))
      : dated(after)
  return Number.isFinite(left) ? Math.min(Math.max(0, Math.ceil(left)), LONGEST_REST) : null

  function dated(text: string): number {
    // A date of HTTP begins with its day; anything else that could be read as a date is none.
    return /^[A-Z][a-z]{2}/.test(text) ? fromTimestamp(text) - now : Number.NaN
  }
}

/** About four characters make a token; what an estimate has to be good for is limits and budgets. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4)
}
