/** One question of an agent, asked at most twice: again when the answer cannot be used, longer when it was cut off. */
import type { Clock } from '#lib/clock'
import type { Mark, Spending } from '#lib/councils/model'
import type { CallOptions, Spoken } from '#lib/councils/ports'
import { type Question, unheard } from './backend.ts'
import type { Answer, Caller, Route } from './caller.ts'
import type { PriceList } from './prices.ts'
import { askAgain } from './prompts.ts'
import type { Reading } from './reading.ts'

export interface SpeakPorts {
  readonly caller: Caller
  readonly prices: PriceList
  readonly clock: Clock
  /** The highest limit of tokens that an answer which was cut off is asked for again with. */
  readonly mostTokens: number
}

export interface Asking<T> {
  readonly question: Question
  readonly read: (text: string) => Reading<T>
  readonly merge?: (first: T, second: T) => T
}

export type Speak = <T>(asking: Asking<T>, call: CallOptions) => Promise<Spoken<T>>

/** A longer answer is no proposal that could be reviewed; four of them have to fit one prompt. */
const LONGEST_ANSWER = 100_000
/** How much longer the repeat of a cut answer may be: room for the reasoning that used up the first limit. */
const LONGER = 4

/** An answer and what could be made of it; a complaint is a reason to ask again. */
interface Understood<T> extends Reading<T> {
  readonly answer: Answer
  /** True when the limit of tokens ended it. */
  readonly cut: boolean
  /** The limit it was asked with. */
  readonly limit: number
}

export function createSpeak(route: Route, { caller, prices, clock, mostTokens }: SpeakPorts): Speak {
  /** Asks, and once more when the answer cannot be used, lacks something or is cut off. What could be read of both stands. */
  return async (asking, call) => {
    const { question, read, merge } = asking
    const began = clock.now()
    const bill = (...answers: readonly Answer[]) => billOf(answers, prices, clock.now() - began)
    const first = understood(await caller(route, question, call), question, read)
    const again = repeatOf(first, question, call)
    if (again === undefined) return outcome(route, first, bill(first.answer))

    // Another key: under the same one a vendor could answer with what it answered before.
    const key = `${call.key}:${again.kind}`
    const second = understood(await caller(route, again.question, { ...call, key }), again.question, read)
    return outcome(route, better(first, second, merge), bill(first.answer, second.answer))
  }

  /** The question to ask instead; undefined when nothing is to be asked. */
  function repeatOf<T>({ cut, value, complaint, limit }: Understood<T>, question: Question, call: CallOptions) {
    // What is whole although it was cut needs no repeat: a list of reviews whose last bracket is missing.
    if (cut && !(question.schema !== null && complaint === '' && value !== undefined)) {
      const max_tokens = Math.min(limit * LONGER, mostTokens)
      const granted = max_tokens > limit && (call.reserve?.(max_tokens) ?? true)
      return granted ? { kind: 'longer', question: { ...question, max_tokens } } : undefined
    }
    if (complaint === '') return undefined
    return { kind: 'again', question: { ...question, prompt: askAgain(question.prompt, complaint) } }
  }
}

function understood<T>(answer: Answer, { max_tokens }: Question, read: (text: string) => Reading<T>): Understood<T> {
  const { by, heard } = answer
  const about = { answer, cut: heard.kind === 'heard' && heard.cut, limit: max_tokens }
  if (heard.kind === 'unheard') {
    const complaint = heard.failure.kind === 'malformed' ? 'it could not be read' : ''
    return { ...about, value: undefined, complaint }
  }
  if (Buffer.byteLength(heard.text) <= LONGEST_ANSWER) return { ...about, ...read(heard.text) }
  const message = `${by.vendor} answers with more than ${LONGEST_ANSWER} bytes.`
  const failure = unheard('too_large', message, { tokens: heard.tokens })
  return { answer: { ...answer, heard: failure }, cut: false, limit: max_tokens, value: undefined, complaint: '' }
}

/** What stands of two answers. The first is kept where the second gave nothing, and for what it says of the failure. */
function better<T>(first: Understood<T>, second: Understood<T>, merge?: Asking<T>['merge']): Understood<T> {
  if (first.value === undefined) return first.cut && second.value === undefined ? cutTwice(first, second) : second
  if (second.value === undefined) return first
  return merge === undefined ? second : { ...second, value: merge(first.value, second.value) }
}

/** Nothing of use came of an answer that was cut off, nor of its repeat. */
function cutTwice<T>(first: Understood<T>, second: Understood<T>): Understood<T> {
  const { heard } = second.answer
  const then = heard.kind === 'unheard' ? `the repeat failed: ${heard.failure.message}` : 'so did the repeat'
  const complaint = `it ended at ${first.limit} tokens, and with ${second.limit} ${then}`
  return { ...second, cut: true, complaint }
}

function outcome<T>(route: Route, said: Understood<T>, spending: Spending | null): Spoken<T> {
  const { answer, value, complaint, cut } = said
  const { by, heard } = answer
  const marks = marksOf(route, said)
  if (value !== undefined && spending !== null) return { kind: 'spoken', value, spending, marks }
  if (cut) return { kind: 'failed', failure: cutOff(by.vendor, said), spending, marks }
  if (heard.kind === 'unheard') return { kind: 'failed', failure: heard.failure, spending, marks }
  const why = heard.withoutSchema === true ? '; its endpoint refuses a JSON schema (response_format)' : ''
  const message = `${by.vendor} was asked twice: ${complaint}${why}.`
  return { kind: 'failed', failure: { kind: 'malformed', message }, spending, marks }
}

function cutOff<T>(vendor: string, { complaint, limit }: Understood<T>) {
  const why = complaint.startsWith('it ended at')
    ? complaint
    : `it ended at ${limit} tokens; there was no room to repeat it`
  const message = `The answer of ${vendor} was cut off before it was of use: ${why}. Raise LLM_MAX_TOKENS or LLM_MAX_TOKENS_RETRY, or the agent's max_tokens.`
  return { kind: 'truncated' as const, message }
}

/** What is to be known of an answer besides its text. */
function marksOf<T>({ first }: Route, { answer: { by, insteadOf }, cut, limit }: Understood<T>): readonly Mark[] {
  const message = `cut off at ${limit} tokens; raise LLM_MAX_TOKENS or LLM_MAX_TOKENS_RETRY`
  const truncated: readonly Mark[] = cut ? [{ kind: 'truncated', message }] : []
  if (insteadOf === null) return truncated
  const fallback = `${by.model} answered for ${first.model} (${insteadOf.kind})`
  return [...truncated, { kind: 'fallback_model', message: fallback }]
}

function billOf(answers: readonly Answer[], prices: PriceList, ms: number): Spending | null {
  const paid = answers.flatMap(({ by, heard }) => (heard.tokens === null ? [] : [{ by, heard, tokens: heard.tokens }]))
  const last = paid.at(-1)
  if (last === undefined) return null
  const told = (one: (typeof paid)[number]) => (one.heard.kind === 'heard' ? one.heard.cost_usd : null)
  return {
    input_tokens: sum(paid.map(({ tokens }) => tokens.input_tokens)),
    output_tokens: sum(paid.map(({ tokens }) => tokens.output_tokens)),
    cost_usd: sum(paid.map((one) => told(one) ?? prices.cost(one.by.model, one.tokens, one.by.own))),
    model: last.by.model,
    ms,
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
