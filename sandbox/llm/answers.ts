/** Answers and errors in the words of each vendor. */
import type { Ask, Dialect } from './requests.ts'

export interface Said {
  readonly text: string
  readonly refused: boolean
}

/** About four characters to a token, as vendors count English. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4)

/** The body of a success. `id` tells answers apart. */
export function answerBody(ask: Ask, said: Said, id: string): unknown {
  const input = tokensOf(ask.system + ask.user)
  return BODIES[ask.dialect]({ ask, said, id, input, output: tokensOf(said.text) })
}

interface Parts {
  readonly ask: Ask
  readonly said: Said
  readonly id: string
  readonly input: number
  readonly output: number
}

const BODIES: Readonly<Record<Dialect, (parts: Parts) => unknown>> = {
  chat: ({ ask, said: { text, refused }, id, input, output }) => ({
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_767_600_000,
    model: ask.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: refused ? null : text, refusal: refused ? text : null },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  }),
  responses: ({ ask, said: { text, refused }, id, input, output }) => ({
    id: `resp_${id}`,
    object: 'response',
    created_at: 1_767_600_000,
    status: 'completed',
    model: ask.model,
    output: [
      {
        type: 'message',
        id: `msg_${id}`,
        status: 'completed',
        role: 'assistant',
        content: [refused ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] }],
      },
    ],
    usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
  }),
  messages: ({ ask, said: { text, refused }, id, input, output }) => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: ask.model,
    content: refused ? [] : [ask.tool === null ? { type: 'text', text } : toolUse(ask.tool, text, id)],
    stop_reason: refused ? 'refusal' : ask.tool === null ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: input, output_tokens: output },
  }),
}

function toolUse(name: string, text: string, id: string) {
  return { type: 'tool_use', id: `toolu_${id}`, name, input: jsonOr(text) }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/** The message carries what real ones do: part of a key. Nobody may pass it on. */
export function errorBody(dialect: Dialect, status: number, message: string): unknown {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  if (dialect === 'messages') return { type: 'error', error: { type, message } }
  return { error: { message, type, param: null, code: status === 429 ? 'rate_limit_exceeded' : null } }
}
