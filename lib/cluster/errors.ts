/** The cluster's refusals and silences, told in our own codes with a sentence that says how to mend them. */
import * as z from 'zod/mini'
import { AppError, type ErrorCode, type FieldError } from '#lib/errors'
import { maskSecrets } from '#lib/secrets/secrets'

/** Which call went wrong. */
export interface Attempted {
  readonly verb: string
  readonly resource: string
  readonly namespace: string
  /** The object's name, when there is one. */
  readonly name?: string
}

/** A refusal as the cluster gave it. */
export interface Refusal {
  readonly code: number
  readonly headers: Readonly<Record<string, string>>
  /** The body's text; a Status object unless something between answered. */
  readonly body: unknown
}

/** What of a Status object matters here; anything else reads as an empty one. */
const status = z.object({
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
  details: z.optional(
    z.object({
      kind: z.optional(z.string()),
      causes: z.optional(z.array(z.object({ field: z.optional(z.string()), message: z.optional(z.string()) }))),
    }),
  ),
})
export type Status = z.infer<typeof status>

/** The cluster's explanations can hold whole objects. */
const LONGEST_MESSAGE = 300
const SERVICE = 'cluster'
/** Kubernetes says so when it wants quiet and names no time. Seconds. */
const PAUSE = 1

/** The Status object of a refusal's body. */
export function statusOf(body: unknown): Status {
  try {
    const read = z.safeParse(status, typeof body === 'string' ? JSON.parse(body) : body)
    return read.success ? read.data : {}
  } catch {
    return {}
  }
}

/** The error of an answer that is no success. 404 of the object itself and 410 are the caller's to tell apart before. */
export function refusal(attempted: Attempted, refused: Refusal): AppError {
  const said = statusOf(refused.body)
  const details = { service: SERVICE, ...attempted, status: refused.code, ...(said.reason && { reason: said.reason }) }
  const wait = retryAfterOf(refused)
  const error = (code: ErrorCode, message: string, more: { errors?: FieldError[]; retryAfter?: number } = {}) =>
    new AppError(code, message, { details, ...more })

  switch (refused.code) {
    case 401:
      return error('forbidden', `The cluster does not accept the credentials used to ${phrase(attempted)}: renew them.`)
    case 403:
      return forbidden(attempted, said, details)
    case 404:
      return error('upstream_unavailable', missing(attempted, said))
    case 409:
      return error('conflict', `The cluster found a conflict in the attempt to ${phrase(attempted)}: ${line(said)}`)
    case 400:
    case 422:
      return error('invalid', `The cluster finds the CronJob wrong: ${line(said)}`, { errors: fieldsOf(said) })
    case 429:
      return error('rate_limited', 'The cluster asks for fewer requests.', { retryAfter: wait ?? PAUSE })
    default:
      return error('upstream_unavailable', `The cluster answered ${refused.code}${wordsOf(said)}`, {
        ...(wait !== undefined && { retryAfter: wait }),
      })
  }
}

/** The error of a call that got no answer: refused connection, cut line, or no word within the time it had. */
export function noAnswer(attempted: Attempted, cause: unknown): AppError {
  const timedOut = cause instanceof Error && cause.name === 'TimeoutError'
  const message = timedOut ? 'The cluster did not answer in time.' : 'The cluster could not be reached.'
  return new AppError('upstream_unavailable', message, { cause, details: { service: SERVICE, ...attempted } })
}

/** The error of a credential plugin of a kubeconfig that is not there, or does not give credentials. */
export function pluginFailed(command: string, cause: unknown): AppError {
  const why = cause instanceof Error ? bounded(maskSecrets(cause.message)) : ''
  const message = `The credential plugin ${bounded(command)} of the kubeconfig gives no credentials: ${why || 'it says not why'}. Install it, or set K8S_API_URL with K8S_TOKEN.`
  return new AppError('upstream_unavailable', message, { cause, details: { service: SERVICE } })
}

/** The error of a name that somebody else's object has. */
export function strangers(attempted: Attempted): AppError {
  const message = `A CronJob named ${attempted.name} exists in ${attempted.namespace} that is not ours; it is left alone.`
  return new AppError('conflict', message, { details: { service: SERVICE, ...attempted, reason: 'not_ours' } })
}

/** The error of a name that an object of another installation of Coxswain has. */
export function ofOtherInstallation(attempted: Attempted, id: string): AppError {
  const message = `CronJob ${attempted.name} in ${attempted.namespace} belongs to another installation of Coxswain (${bounded(id)}); it is left alone.`
  return new AppError('conflict', message, {
    details: { service: SERVICE, ...attempted, reason: 'other_installation' },
  })
}

/** The error of an object that others change at the same time. */
export function changedMeanwhile(attempted: Attempted): AppError {
  const message = `CronJob ${attempted.name} was changed by somebody else at the same moment; the next look tries again.`
  return new AppError('conflict', message, { details: { service: SERVICE, ...attempted, reason: 'changed' } })
}

/** How RBAC refuses, and it alone. */
const RBAC = /User "[^"]{1,300}" cannot ([a-z]{1,30}) resource "([a-z./-]{1,100})"/

/** RBAC's refusals are mended in the Role; everybody else's are told in the server's own words. */
function forbidden(attempted: Attempted, said: Status, details: Record<string, unknown>): AppError {
  const [, verb, resource] = RBAC.exec(line(said)) ?? []
  if (verb !== undefined && resource !== undefined) {
    const lacking = { ...attempted, verb, resource }
    const message = `The cluster does not allow us to ${phrase(lacking)}: grant it in the Role.`
    return new AppError('forbidden', message, { details: { ...details, verb, resource } })
  }
  const message = `The cluster refuses to ${phrase(attempted)}: ${line(said)}`
  return new AppError('forbidden', message, { details: { ...details, refused_by: refuserOf(line(said)) } })
}

/** What refuses, as far as its words tell. */
function refuserOf(message: string): 'quota' | 'namespace' | 'admission' {
  if (message.includes('exceeded quota')) return 'quota'
  return message.includes('is being terminated') ? 'namespace' : 'admission'
}

/** What a failure says of itself: which webhook did not answer, what the store lacks. */
function wordsOf({ message }: Status): string {
  return message === undefined ? '.' : `: ${bounded(message)}`
}

function phrase({ verb, resource, namespace }: Attempted): string {
  return `${verb} ${resource} in namespace ${namespace}`
}

function missing(attempted: Attempted, { details }: Status): string {
  return details?.kind === 'namespaces'
    ? `The cluster has no namespace ${attempted.namespace}: create it, or set K8S_NAMESPACE.`
    : `The cluster knows no ${attempted.resource}: is K8S_API_URL the address of a Kubernetes API?`
}

function fieldsOf({ details }: Status): FieldError[] {
  return (details?.causes ?? []).map(({ field = '', message = '' }) => ({ path: field, message: bounded(message) }))
}

function retryAfterOf({ headers }: Refusal): number | undefined {
  const text = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

function line({ message = 'it gave no reason' }: Status): string {
  return bounded(message)
}

function bounded(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]+/g, ' ').trim()
  return plain.length > LONGEST_MESSAGE ? `${plain.slice(0, LONGEST_MESSAGE)}…` : plain
}
