/** How a call to a service can go wrong, told as `upstream_unavailable` with the service and the reason in `details`. */
import { AppError } from '#lib/errors'

export type ServiceName = 'project' | 'backlog' | 'sprint' | 'chronicle'

export type Reason =
  /** Nobody listens, or the name is unknown: nothing was sent. */
  | 'no_connection'
  /** The name leads where no service is: nothing was sent. */
  | 'forbidden_address'
  /** The service failed so often that it is left alone for a while: nothing was sent. */
  | 'circuit_open'
  /** The line broke. */
  | 'cut'
  | 'timeout'
  /** The caller's own deadline came before the time that a call is given. */
  | 'out_of_time'
  | 'server_error'
  /** A redirect, or a 4xx that has no meaning here. */
  | 'refused'
  /** Not JSON, not of the documented shape, or too large. */
  | 'unreadable'

export interface Failure {
  readonly service: ServiceName
  /** `GET /projects/{id}`: a template, so no untrusted text. */
  readonly route: string
  readonly reason: Reason
  readonly status?: number | undefined
  readonly cause?: unknown
  /** Seconds. */
  readonly retryAfter?: number | undefined
}

const SENTENCES: Readonly<Record<Reason, string>> = {
  no_connection: 'could not be reached',
  forbidden_address: 'has an address that is never connected to',
  circuit_open: 'failed repeatedly and is left alone for a while',
  cut: 'broke the connection off',
  timeout: 'did not answer in time',
  out_of_time: 'had not answered when the time for this request was over',
  server_error: 'failed',
  refused: 'refused the call',
  unreadable: 'gave an answer that cannot be read',
}
const OUTAGES: readonly unknown[] = ['no_connection', 'cut', 'timeout', 'server_error'] satisfies Reason[]
const UNSENT: readonly unknown[] = ['no_connection', 'forbidden_address', 'circuit_open'] satisfies Reason[]
/** The service read the call and said no. */
const DECIDED: readonly unknown[] = ['refused'] satisfies Reason[]

export function failed({ service, route, reason, status, cause, retryAfter }: Failure): AppError {
  const said = status === undefined ? '' : ` (${status})`
  return new AppError('upstream_unavailable', `The ${service} service ${SENTENCES[reason]}${said}.`, {
    cause,
    details: { service, route, reason, ...(status !== undefined && { status }) },
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/**
 * True when the service itself is in trouble: silence for the whole time of a call, or 5xx. These open its circuit, and
 * are worth a repeat. A caller's deadline says nothing about the service.
 */
export function isOutage(error: unknown): boolean {
  return isFailure(error) && OUTAGES.includes(error.details['reason'])
}

/** True when the call surely changed nothing: it was never sent, or it was refused. */
export function changedNothing(error: unknown): boolean {
  return isFailure(error) && [...UNSENT, ...DECIDED].includes(error.details['reason'])
}

function isFailure(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'upstream_unavailable'
}
