/** Errors as `application/problem+json` (RFC 9457): what went wrong, in words, in a code and field by field. */
import { type AppError, type ErrorCode, HTTP_STATUS, toAppError } from '#lib/errors'
import { maskSecrets } from '#lib/secrets/secrets'
import type { HttpAnswer, Middleware } from './exchange.ts'

const TITLES: Readonly<Record<ErrorCode, string>> = {
  malformed: 'The request cannot be read',
  unauthenticated: 'Who are you?',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Conflict with the current state',
  ambiguous: 'More than one thing is meant',
  lease_lost: 'The lease is not yours any more',
  already_finished: 'Already finished',
  idempotency_in_progress: 'The same request is still being worked on',
  cancelled: 'Cancelled',
  gone: 'Gone',
  too_large: 'Too large',
  unsupported_media_type: 'Unsupported media type',
  invalid: 'Invalid input',
  idempotency_mismatch: 'The idempotency key belongs to another request',
  rate_limited: 'Too many requests',
  internal: 'Internal error',
  unimplemented: 'Nobody is there to do it',
  upstream_unavailable: 'A service behind this one is not available',
  unavailable: 'Not available just now',
  deadline_exceeded: 'Not done in time',
}

/** The answer to an error. Its details become members of their own, the standard ones first. */
function problemAnswer(error: AppError, correlationId: string): HttpAnswer {
  const status = HTTP_STATUS[error.code]
  const body = {
    ...error.details,
    type: `urn:coxswain:problem:${error.code}`,
    title: TITLES[error.code],
    status,
    detail: maskSecrets(error.message),
    code: error.code,
    errors: error.errors?.map(({ path, message }) => ({ path, message: maskSecrets(message) })),
    correlation_id: correlationId,
  }
  const headers = {
    'content-type': 'application/problem+json',
    ...(error.retryAfter !== undefined && { 'retry-after': String(Math.max(0, Math.ceil(error.retryAfter))) }),
    ...(Array.isArray(error.details['allowed']) && status === 405 && { allow: error.details['allowed'].join(', ') }),
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="coxswain"' }),
  }
  return { statusCode: status, headers, body: JSON.stringify(body) }
}

/** Turns whatever was thrown into an answer. What is not ours becomes a 500 that tells nothing of the inside. */
export function problems(): Middleware {
  return {
    onError: (request) => {
      const { exchange } = request.event
      exchange.failure = request.error
      request.response = problemAnswer(toAppError(request.error), exchange.correlationId)
    },
  }
}
