/**
 * Refusals in the shapes of the vendors. OpenAI: `{"error":{message,type,param,code}}`; Anthropic:
 * `{"type":"error","error":{type,message,details?},"request_id"}`. Compatible servers add shapes of their own.
 */
import type { Dialect } from './requests.ts'

export const PROBLEMS = [
  'rate_limit',
  'quota',
  'billing_limit',
  'spend_limit',
  'payment_required',
  'overloaded',
  'no_schema',
  'too_long',
] as const
export type Problem = (typeof PROBLEMS)[number]

export interface Refusal {
  readonly status: number
  readonly body: unknown
}

export function refusalOf(problem: Problem, dialect: Dialect): Refusal {
  return dialect === 'messages' ? ANTHROPIC[problem] : OPENAI[problem]
}

interface OpenaiError {
  readonly message: string
  readonly type: string
  readonly param?: string
  readonly code?: string
}

/** An error of OpenAI as `openai`’s ErrorObject has it. */
function openai(status: number, error: OpenaiError): Refusal {
  return { status, body: { error: { param: null, code: null, ...error } } }
}

/** An error of Anthropic as `@anthropic-ai/sdk`’s ErrorResponse has it. */
function anthropic(status: number, type: string, message: string, details?: Readonly<Record<string, string>>) {
  const error = details === undefined ? { type, message } : { type, message, details }
  return { status, body: { type: 'error', error, request_id: 'req_011CStandIn' } }
}

const OPENAI: Readonly<Record<Problem, Refusal>> = {
  rate_limit: openai(429, {
    message:
      'Rate limit reached for gpt-4.1 in organization org-standin on tokens per min (TPM): Limit 30000, Used 29500, Requested 2000. Please try again in 3s.',
    type: 'tokens',
    code: 'rate_limit_exceeded',
  }),
  quota: openai(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  billing_limit: openai(400, {
    message: 'Billing hard limit has been reached.',
    type: 'invalid_request_error',
    code: 'billing_hard_limit_reached',
  }),
  // DeepSeek and others: the status says it, the code does not.
  spend_limit: openai(402, {
    message: 'Insufficient Balance',
    type: 'unknown_error',
    code: 'invalid_request_error',
  }),
  // OpenRouter: the code is the status.
  payment_required: {
    status: 402,
    body: { error: { message: 'Insufficient credits. Add more at the settings page.', code: 402 } },
  },
  overloaded: openai(503, {
    message: 'The engine is currently overloaded, please try again later.',
    type: 'server_error',
  }),
  no_schema: openai(400, {
    message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    type: 'invalid_request_error',
    param: 'response_format',
  }),
  too_long: openai(400, {
    message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  }),
}

const ANTHROPIC: Readonly<Record<Problem, Refusal>> = {
  rate_limit: anthropic(
    429,
    'rate_limit_error',
    'This request would exceed the rate limit for your organization of 30,000 input tokens per minute.',
  ),
  quota: anthropic(
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ),
  billing_limit: anthropic(
    400,
    'invalid_request_error',
    'You have reached your specified API usage limits. You will regain access on 2026-02-01 at 00:00 UTC.',
  ),
  spend_limit: anthropic(429, 'rate_limit_error', 'Your organization has reached its spend limit.', {
    error_code: 'enforced_spend_limit_reached',
  }),
  payment_required: anthropic(402, 'billing_error', 'There is an issue with your billing or payment information.'),
  overloaded: anthropic(529, 'overloaded_error', 'Overloaded'),
  no_schema: anthropic(400, 'invalid_request_error', 'output_config.format: Extra inputs are not permitted'),
  too_long: anthropic(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
}
