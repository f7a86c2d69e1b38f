/**
 * One request by a provider of the AI SDK: no repeats and no address but ours, and its errors as what they mean. The provider
 * is asked directly: what the SDK wraps around it (steps, tools, telemetry) is loaded and run for nothing here.
 */
import { APICallError, type LanguageModelV4, type LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import type { Clock } from '#lib/clock'
import type { Tokens } from '#lib/councils/model'
import { estimateTokens, type Heard, type Line, type Question, retryAfterOf, type Unheard, unheard } from './backend.ts'
import type { Post } from './outgoing.ts'
import { ofReply, refusesSchema } from './refusals.ts'
import type { SchemaSupport } from './schema-support.ts'
import { unheardOf } from './silence.ts'

export interface Asked {
  readonly vendor: string
  /** Base address. */
  readonly endpoint: string
  /** The model's name. */
  readonly name: string
  readonly model: LanguageModelV4
  readonly clock: Clock
  readonly schemas: SchemaSupport
}

/**
 * Asks once; where the endpoint refuses a request with a schema, once more without one. Not every server that speaks
 * OpenAI's protocol knows `response_format: json_schema`.
 */
export async function askModel(asked: Asked, question: Question, line: Line): Promise<Heard | Unheard> {
  const { endpoint, name, schemas } = asked
  const bare = { ...question, schema: null }
  if (question.schema === null) return (await askOnce(asked, question, line)).said
  if (!schemas.accepts(endpoint, name)) return inWords((await askOnce(asked, bare, line)).said)
  const { said, mayBeSchema } = await askOnce(asked, question, line)
  if (!mayBeSchema) return said
  const again = await askOnce(asked, bare, { ...line, key: `${line.key}:plain` })
  if (again.said.kind === 'heard') schemas.refused(endpoint, name)
  return inWords(again.said)
}

interface Once {
  readonly said: Heard | Unheard
  /** True when the request was refused, and its schema can be the reason. */
  readonly mayBeSchema: boolean
}

async function askOnce(asked: Asked, question: Question, line: Line): Promise<Once> {
  const { prompt, schema, temperature, max_tokens } = question
  try {
    const result = await asked.model.doGenerate({
      prompt: [
        { role: 'system', content: prompt.system },
        { role: 'user', content: [{ type: 'text', text: prompt.user }] },
      ],
      temperature,
      maxOutputTokens: max_tokens,
      abortSignal: line.signal,
      headers: { 'idempotency-key': line.key },
      ...(schema !== null && { responseFormat: { type: 'json', schema, name: question.stage } as const }),
    })
    return { said: answered(asked.vendor, result, prompt), mayBeSchema: false }
  } catch (error) {
    return failed(asked, { error, signal: line.signal })
  }
}

function inWords(said: Heard | Unheard): Heard | Unheard {
  if (said.kind === 'heard') return { ...said, withoutSchema: true }
  if (said.failure.kind !== 'refused') return said
  const message = `${said.failure.message} So it was without a JSON schema (response_format).`
  return { ...said, failure: { ...said.failure, message } }
}

type Answer = Pick<LanguageModelV4GenerateResult, 'content' | 'structuredOutputText' | 'usage' | 'finishReason'>

function answered(
  vendor: string,
  { content, structuredOutputText, usage, finishReason }: Answer,
  prompt: Question['prompt'],
): Heard | Unheard {
  // Reasoning and whatever else a model sends beside its text is no part of the answer.
  const text = structuredOutputText ?? content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  // A vendor that does not count leaves us to estimate: a budget must not be blind.
  const tokens: Tokens = {
    input_tokens: usage.inputTokens.total ?? estimateTokens(prompt.system + prompt.user),
    output_tokens: usage.outputTokens.total ?? estimateTokens(text),
  }
  if (finishReason.unified === 'content-filter') return unheard('refused', `${vendor} refuses to answer.`, { tokens })
  return { kind: 'heard', text, tokens, cost_usd: null, cut: finishReason.unified === 'length' }
}

function failed({ vendor, clock }: Asked, { error, signal }: { error: unknown; signal: AbortSignal }): Once {
  const plain = (said: Heard | Unheard): Once => ({ said, mayBeSchema: false })
  if (signal.aborted) return plain(unheardOf(vendor, error, signal))
  if (!APICallError.isInstance(error) || error.statusCode === undefined) return plain(unheardOf(vendor, error, signal))
  const { statusCode: status, responseHeaders = {}, responseBody: text = '' } = error
  if (status >= 200 && status < 300) return plain(unheard('malformed', `${vendor} answers what cannot be read.`))
  const said = ofReply(vendor, {
    status,
    retryAfterMs: retryAfterOf((name) => responseHeaders[name], clock.now()),
    text,
  })
  return { said, mayBeSchema: said.failure.kind === 'refused' || refusesSchema({ status, text }) }
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
