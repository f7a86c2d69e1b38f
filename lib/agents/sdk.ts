/** One request by the AI SDK: no repeats and no address but ours, and its errors as what they mean. */
import type { LanguageModel } from 'ai'
import type { Clock } from '#lib/clock'
import type { Tokens } from '#lib/councils/model'
import { estimateTokens, type Heard, type Line, type Question, retryAfterOf, type Unheard, unheard } from './backend.ts'
import type { Post } from './outgoing.ts'
import { ofReply } from './refusals.ts'
import { unheardOf } from './silence.ts'

type Sdk = typeof import('ai')

/** Loaded with the first question: whoever asks none pays nothing for it. */
let loading: Promise<Sdk> | undefined
function sdk(): Promise<Sdk> {
  loading ??= import('ai').then((it) => {
    // It would print its remarks on unsupported settings past our log.
    globalThis.AI_SDK_LOG_WARNINGS = false
    return it
  })
  return loading
}

export interface Asked {
  readonly vendor: string
  readonly model: LanguageModel
  readonly clock: Clock
}

export async function askModel(asked: Asked, question: Question, line: Line): Promise<Heard | Unheard> {
  const ai = await sdk()
  const { prompt, schema, temperature, max_tokens } = question
  const common = {
    model: asked.model,
    instructions: prompt.system,
    prompt: prompt.user,
    temperature,
    maxOutputTokens: max_tokens,
    maxRetries: 0,
    abortSignal: line.signal,
    headers: { 'idempotency-key': line.key },
  }
  try {
    if (schema === null) {
      const { text, usage, finishReason } = await ai.generateText(common)
      return answered(asked.vendor, { text, usage, finishReason, prompt })
    }
    const output = ai.Output.object({ schema: ai.jsonSchema(schema), name: question.stage })
    // The text and not the output: it is read and judged in one place, whoever gave it.
    const { text, usage, finishReason } = await ai.generateText({ ...common, output })
    return answered(asked.vendor, { text, usage, finishReason, prompt })
  } catch (error) {
    return failed(ai, asked, question, { error, signal: line.signal })
  }
}

interface Answer {
  readonly text: string
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined } | undefined
  readonly finishReason: string | undefined
  readonly prompt: Question['prompt']
}

function answered(vendor: string, { text, usage, finishReason, prompt }: Answer): Heard | Unheard {
  // A vendor that does not count leaves us to estimate: a budget must not be blind.
  const tokens: Tokens = {
    input_tokens: usage?.inputTokens ?? estimateTokens(prompt.system + prompt.user),
    output_tokens: usage?.outputTokens ?? estimateTokens(text),
  }
  if (finishReason === 'content-filter') return unheard('refused', `${vendor} refuses to answer.`, { tokens })
  return { kind: 'heard', text, tokens, cost_usd: null, cut: finishReason === 'length' }
}

function failed(
  ai: Sdk,
  { vendor, clock }: Asked,
  { prompt }: Question,
  { error, signal }: { error: unknown; signal: AbortSignal },
) {
  if (signal.aborted) return unheardOf(vendor, error, signal)
  if (ai.NoObjectGeneratedError.isInstance(error)) {
    const { text = '', usage, finishReason } = error
    return answered(vendor, { text, usage, finishReason, prompt })
  }
  if (!ai.APICallError.isInstance(error) || error.statusCode === undefined) return unheardOf(vendor, error, signal)
  const { statusCode, responseHeaders = {}, responseBody = '' } = error
  if (statusCode >= 200 && statusCode < 300) return unheard('malformed', `${vendor} answers what cannot be read.`)
  const retryAfterMs = retryAfterOf((name) => responseHeaders[name], clock.now())
  return ofReply(vendor, { status: statusCode, retryAfterMs, text: responseBody })
}

/** What the SDK takes for fetch. */
export function fetchBy(post: Post): typeof fetch {
  return async (input, init) => {
    const { status, headers, text } = await post({
      url: input instanceof Request ? input.url : String(input),
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: typeof init?.body === 'string' ? init.body : '',
      signal: init?.signal ?? new AbortController().signal,
    })
    // A Response of its own length: what the other side said of compression or chunks no longer holds.
    const kept = [...headers].filter(
      ([name]) => !['content-length', 'content-encoding', 'transfer-encoding'].includes(name),
    )
    return new Response(text === '' ? null : text, { status, headers: Object.fromEntries(kept) })
  }
}
