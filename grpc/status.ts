/** Refusals and failures as gRPC's statuses, with Google's details where a program can use them. */
import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import type * as z from 'zod'
import { CouncilError } from '#lib/councils/errors'
import { AppError, type ErrorCode, toAppError } from '#lib/errors'
import { encode } from './proto.ts'

/** Codes for errors that are not the service's own word; what is missing is a bug and INTERNAL. */
const CODES: Readonly<Partial<Record<ErrorCode, status>>> = {
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  invalid: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ABORTED,
  rate_limited: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  upstream_unavailable: status.UNAVAILABLE,
}
/** A status travels in HTTP/2 headers, which are small. */
const MESSAGE_MAX = 2_000
const DETAILS = 'grpc-status-details-bin'
const TYPES = 'type.googleapis.com/google.rpc.'
/** What is told with RESOURCE_EXHAUSTED when nobody knows when it ends. */
const RETRY_MS = 1_000

/** The status of whatever was thrown. */
export function toStatus(thrown: unknown): StatusObject {
  const { code, message, violations, retryMs } = read(thrown)
  const details = message.toWellFormed().slice(0, MESSAGE_MAX).toWellFormed()
  const metadata = new Metadata()
  const parts = [
    ...(violations.length > 0 ? [part('BadRequest', { field_violations: violations })] : []),
    ...(retryMs === undefined ? [] : [part('RetryInfo', { retry_delay: durationOf(retryMs) })]),
  ]
  if (parts.length > 0) metadata.set(DETAILS, encode('Status', { code, message: details, details: parts }))
  return { code, details, metadata }
}

/** The refusal of a message whose shape is wrong. */
export function malformed(error: z.ZodError): AppError {
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const list = errors.map(({ path, message }) => `${path} ${message}`).join('; ')
  return new AppError('invalid', `Not valid: ${list}.`, { cause: error, errors })
}

interface Read {
  readonly code: status
  readonly message: string
  readonly violations: readonly { readonly field: string; readonly description: string }[]
  readonly retryMs: number | undefined
}

function read(thrown: unknown): Read {
  if (thrown instanceof CouncilError) {
    const { code, message, field, retryAfterMs } = thrown
    const violations = code === 'INVALID_ARGUMENT' ? [{ field: field ?? '', description: message }] : []
    return { code: status[code], message, violations, retryMs: retryOf(status[code], retryAfterMs) }
  }
  const error = toAppError(thrown)
  const code = CODES[error.code] ?? status.INTERNAL
  const violations = error.errors.map(({ path, message }) => ({ field: path, description: message }))
  const retryMs = retryOf(code, error.retryAfter === undefined ? undefined : error.retryAfter * 1000)
  // What a bug says of the inside is for the log.
  const message = code === status.INTERNAL ? toAppError(new Error()).message : error.message
  return { code, message, violations: code === status.INVALID_ARGUMENT ? violations : [], retryMs }
}

/** RetryInfo comes with RESOURCE_EXHAUSTED always, with UNAVAILABLE when there is something to say. */
function retryOf(code: status, ms: number | undefined): number | undefined {
  if (code === status.RESOURCE_EXHAUSTED) return ms ?? RETRY_MS
  return code === status.UNAVAILABLE ? ms : undefined
}

function part(type: 'BadRequest' | 'RetryInfo', value: object) {
  return { type_url: TYPES + type, value: encode(type, value) }
}

function durationOf(ms: number) {
  const whole = Math.max(0, Math.ceil(ms))
  return { seconds: Math.floor(whole / 1000), nanos: (whole % 1000) * 1_000_000 }
}
