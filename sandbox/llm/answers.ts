/** Answers and errors in the words of each vendor. */
import type { Ask, Dialect } from './requests.ts'

export interface Said {
  readonly text: string
  readonly refused: boolean
  /** Tokens of reasoning that are paid and not shown. */
  readonly hidden: number
  /** True when the limit of tokens ended it. */
  readonly cut: boolean
}

/** About four characters to a token, as vendors count English. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4)

/** `text` after `hidden` tokens of reasoning, as far as the limit of the question lets it go. */
export function withinLimit({ max_tokens }: Ask, text: string, hidden = 0): Pick<Said, 'text' | 'hidden' | 'cut'> {
  const limit = max_tokens ?? Number.POSITIVE_INFINITY
  const thought = Math.min(hidden, limit)
  const left = limit - thought
  if (tokensOf(text) <= left) return { text, hidden: thought, cut: false }
  return { text: text.slice(0, left * 4).toWellFormed(), hidden: thought, cut: true }
}

/** The body of a success. `id` tells answers apart. */
export function answerBody(ask: Ask, said: Said, id: string): unknown {
  const input = tokensOf(ask.system + ask.user)
  return BODIES[ask.dialect]({ ask, said, id, input, output: tokensOf(said.text) + said.hidden })
}

interface Parts {
  readonly ask: Ask
  readonly said: Said
  readonly id: string
  readonly input: number
  readonly output: number
}

const BODIES: Readonly<Record<Dialect, (parts: Parts) => unknown>> = {
  chat: ({ ask, said: { text, refused, cut, hidden }, id, input, output }) => ({
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_767_600_000,
    model: ask.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: refused ? null : text, refusal: refused ? text : null },
        logprobs: null,
        finish_reason: cut ? 'length' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      completion_tokens_details: { reasoning_tokens: hidden },
    },
  }),
  responses: ({ ask, said: { text, refused, cut, hidden }, id, input, output }) => ({
    id: `resp_${id}`,
    object: 'response',
    created_at: 1_767_600_000,
    status: cut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model: ask.model,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    output: [
      {
        type: 'message',
        id: `msg_${id}`,
        status: cut ? 'incomplete' : 'completed',
        role: 'assistant',
        content: [refused ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] }],
      },
    ],
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: hidden },
      total_tokens: input + output,
    },
  }),
  messages: ({ ask, said: { text, refused, cut }, id, input, output }) => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: refused || text === '' ? [] : [ask.tool === null ? textBlock(text) : toolUse(ask.tool, text, id)],
    stop_reason: refused ? 'refusal' : cut ? 'max_tokens' : ask.tool === null ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: input,
      cache_creation: null,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: output,
      output_tokens_details: null,
      server_tool_use: null,
      inference_geo: null,
      service_tier: 'standard',
      speed: null,
    },
  }),
}

const textBlock = (text: string) => ({ type: 'text', text, citations: null })

function toolUse(name: string, text: string, id: string) {
  return { type: 'tool_use', id: `toolu_${id}`, name, input: jsonOr(text), caller: { type: 'direct' } }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}

/** Type and code by status, as OpenAI sends them. */
const OPENAI: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
}

/** Types by status, as Anthropic sends them. */
const ANTHROPIC: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** The message carries what real ones do: part of a key. Nobody may pass it on. */
export function errorBody(dialect: Dialect, status: number, message: string): unknown {
  const broken = status >= 500
  if (dialect === 'messages') {
    const type = ANTHROPIC[status] ?? (broken ? 'api_error' : 'invalid_request_error')
    return { type: 'error', error: { type, message }, request_id: 'req_011CStandIn' }
  }
  const [type, code] = OPENAI[status] ?? [broken ? 'server_error' : 'invalid_request_error', null]
  return { error: { message, type, param: null, code } }
}
