/** The one error of the system: a code that callers can match on, and a sentence that says how to mend it. */

/** Every code, with the HTTP status it answers as. A code is part of the wire contract: add, never rename. */
export const HTTP_STATUS = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  ambiguous: 409,
  lease_lost: 409,
  already_finished: 409,
  idempotency_in_progress: 409,
  cancelled: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  invalid: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unimplemented: 501,
  upstream_unavailable: 503,
  unavailable: 503,
  deadline_exceeded: 504,
} as const

export type ErrorCode = keyof typeof HTTP_STATUS

/** One invalid place of an input. `path` is dotted, empty for the whole. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

export interface AppErrorOptions {
  readonly cause?: unknown
  /** Facts for the caller, e.g. `{ held_by: 'w2' }`. Never secrets, never a body. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Which fields of the input are wrong. */
  readonly errors?: readonly FieldError[]
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number
}

export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly errors: readonly FieldError[]
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.errors = options.errors ?? []
    this.retryAfter = options.retryAfter
  }
}

/** True for errors after which the same call may succeed, so a caller may retry. */
export function isRetryable(error: unknown): boolean {
  return error instanceof AppError && ['rate_limited', 'upstream_unavailable', 'unavailable'].includes(error.code)
}

/** Whatever was thrown, as an AppError; what is not ours becomes `internal` and keeps its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError('internal', 'Something went wrong on our side. The correlation id finds it in the logs.', {
    cause: thrown,
  })
}
