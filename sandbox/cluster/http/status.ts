/** Refusals in the form Kubernetes gives them: a Status object with a reason that clients match on. */

export interface Cause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly Cause[]
  readonly retryAfterSeconds?: number
}

export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Failure' | 'Success'
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusDetails
  /** Of refusals. */
  readonly code?: number
}

/** Thrown anywhere in a call, answered as its Status. */
export class Refused extends Error {
  readonly status: Status
  readonly headers: Readonly<Record<string, string>>

  constructor(status: Status, headers: Readonly<Record<string, string>> = {}) {
    super(status.message)
    this.status = status
    this.headers = headers
  }

  response(): Response {
    return Response.json(this.status, { status: this.status.code ?? 500, headers: this.headers })
  }
}

interface Named {
  readonly group: string
  readonly plural: string
}

/** What a bare status code means to Kubernetes. */
const REASONS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'the request is forbidden'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  410: ['Expired', 'The provided continue parameter is too old to display a consistent list result.'],
  415: ['UnsupportedMediaType', 'the body of the request was in an unknown format'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'The apiserver is busy, please try again later.'],
  500: ['InternalError', 'an error on the server has prevented the request from succeeding'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted'],
}

export function refused(code: number, message?: string, details?: StatusDetails): Refused {
  const [reason, standard] = REASONS[code] ?? ['InternalError', 'Internal error occurred']
  const headers = details?.retryAfterSeconds === undefined ? {} : { 'retry-after': String(details.retryAfterSeconds) }
  return new Refused(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: message ?? standard,
      reason,
      ...(details && { details }),
      code,
    },
    headers,
  )
}

/** 500 for what went wrong behind the server: its store, a webhook. */
export function internal(why: string): Refused {
  return refused(500, `Internal error occurred: ${why}`, { causes: [{ message: why }] })
}

export const badRequest = (message: string): Refused => refused(400, message)

export function notFound(resource: Named, name: string): Refused {
  return refused(404, `${titled(resource)} "${name}" not found`, detailsOf(resource, name))
}

export function terminatingNamespace(resource: Named, name: string, namespace: string): Refused {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  const details = { ...detailsOf(resource, name), causes: [cause] }
  return refused(403, `${titled(resource)} "${name}" is forbidden: ${why}`, details)
}

export function conflict(resource: Named, name: string, why: string): Refused {
  const message = `Operation cannot be fulfilled on ${titled(resource)} "${name}": ${why}`
  return refused(409, message, detailsOf(resource, name))
}

/** `isGoing`: what has the name still waits for its finalizers. */
export function alreadyExists(resource: Named, name: string, isGoing = false): Refused {
  const exists = `${titled(resource)} "${name}" already exists`
  const message = isGoing ? `object is being deleted: ${exists}` : exists
  const { status } = refused(409, message, detailsOf(resource, name))
  return new Refused({ ...status, reason: 'AlreadyExists' })
}

/** Fields that somebody else manages, and that an apply wants otherwise. */
export function fieldConflicts(causes: readonly Cause[]): Refused {
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join('\n')
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`
  return refused(409, `Apply failed with ${count}: ${list}`, { causes })
}

export function invalid(kind: Named & { readonly kind: string }, name: string, causes: readonly Cause[]): Refused {
  const list = causes.map(({ field, message }) => `${field}: ${message}`)
  const text = list.length === 1 ? list[0] : `[${list.join(', ')}]`
  const title = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  const details = { ...(kind.group !== '' && { group: kind.group }), kind: kind.kind, name, causes }
  return refused(422, `${title} "${name}" is invalid: ${text}`, details)
}

export function success(resource: Named, name: string, uid: string): Status {
  const details = { ...detailsOf(resource, name), uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

export function titled({ group, plural }: Named): string {
  return group === '' ? plural : `${plural}.${group}`
}

function detailsOf({ group, plural }: Named, name: string): StatusDetails {
  return { name, ...(group !== '' && { group }), kind: plural }
}
