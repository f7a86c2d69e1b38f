/**
 * What a vendor's refusal means, by its status and the codes in its body. The shapes are those of OpenAI's and
 * Anthropic's error objects and of servers that imitate them. Texts are looked at and never quoted: vendors repeat parts
 * of keys and of prompts in theirs.
 */
import * as z from 'zod'
import { ofStatus, type Unheard, unheard } from './backend.ts'

/** A reply that is no success. */
export interface Refused {
  readonly status: number
  readonly retryAfterMs: number | null
  /** The body. */
  readonly text: string
}

/** Error bodies are below 2 KB; what is beyond this is not looked at. */
const MOST_READ = 16_000

/** OpenAI's codes and types, those of compatible servers, Anthropic's `billing_error` and its `details.error_code`. */
const QUOTA_CODES: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'insufficient_balance',
  'insufficient_credits',
  'insufficient_funds',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
])
/**
 * Sentences for which vendors have no code: Anthropic's are of the type invalid_request_error. "Exceeded your current
 * quota" is not among them: Gemini's endpoint says so of a limit per minute.
 */
const QUOTA_WORDS =
  /credit balance is too low|reached your specified api usage limits|insufficient (?:balance|credits?|funds|quota)|billing hard limit/i
const LENGTH_CODES: ReadonlySet<string> = new Set(['context_length_exceeded', 'string_above_max_length'])
const LENGTH_WORDS = /prompt is too long|maximum context length/i
const SCHEMA_WORDS =
  /response[_ ]format|json[_ ]schema|structured[_ ]outputs?|output_config|output_format|guided_json|tool_choice/i

const name = z.union([z.string(), z.number()]).transform(String).nullish().catch(undefined)
const told = z.object({
  type: name,
  code: name,
  param: name,
  message: z.string().nullish().catch(undefined),
  details: z.object({ error_code: name }).nullish().catch(undefined),
})
/** `{"error":{…}}`; vLLM and others have the members at the top. */
const body = z.union([z.object({ error: told }).transform(({ error }) => error), told])

export function ofReply(vendor: string, { status, retryAfterMs, text }: Refused): Unheard {
  const { codes, words } = readError(text)
  if (status === 402 || isQuota(status, codes, words)) return quotaExhausted(vendor, status)
  if (status >= 400 && status < 500 && status !== 429 && says(codes, words, LENGTH_CODES, LENGTH_WORDS))
    return unheard('too_large', `${vendor} answers ${status}: the request is longer than the model can read.`)
  return ofStatus(vendor, status, retryAfterMs)
}

/** True when the refusal names the schema of the answer: the same question without one may be answered. */
export function refusesSchema({ status, text }: Pick<Refused, 'status' | 'text'>): boolean {
  // llama.cpp fails with 500 where others refuse.
  if (![400, 404, 415, 422, 500, 501].includes(status)) return false
  return SCHEMA_WORDS.test(text.slice(0, MOST_READ))
}

function isQuota(status: number, codes: readonly string[], words: string): boolean {
  return status >= 400 && status < 500 && says(codes, words, QUOTA_CODES, QUOTA_WORDS)
}

function quotaExhausted(vendor: string, status: number): Unheard {
  return unheard(
    'quota_exhausted',
    `${vendor} answers ${status}: the quota or credit of this key is used up. Add credit or raise the limit at the vendor.`,
    { fallOver: true },
  )
}

function says(codes: readonly string[], words: string, known: ReadonlySet<string>, pattern: RegExp): boolean {
  return codes.some((code) => known.has(code)) || pattern.test(words)
}

function readError(text: string): { readonly codes: readonly string[]; readonly words: string } {
  const seen = text.slice(0, MOST_READ)
  const read = body.safeParse(parsed(seen))
  if (!read.success) return { codes: [], words: seen }
  const { type, code, details, message } = read.data
  const codes = [type, code, details?.error_code].flatMap((it) => (it == null ? [] : [it.toLowerCase()]))
  return { codes, words: message ?? seen }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
