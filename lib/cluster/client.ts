/** The calls we make to the cluster: bounded in time, told in AppErrors, repeated only where nothing changes. */
import type { V1CronJob } from '@kubernetes/client-node'
import { type Clock, type Instant, type Sleep, seconds, systemClock, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Chance, systemChance } from '#lib/ids'
import type { Removed } from '#lib/projects/ports'
import { type ApiLoader, type Apis, createApis } from './access.ts'
import type { ClusterAccess } from './config.ts'
import { type Attempted, noAnswer, type Refusal, refusal, statusOf } from './errors.ts'
import type { CronJobManifest } from './manifest.ts'
import type { Operation } from './patch.ts'
import { GROUP, type Right } from './rights.ts'

export interface ClientOptions {
  readonly access: ClusterAccess
  readonly namespace: string
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly chance?: Chance
}

export interface Page {
  readonly items: readonly V1CronJob[]
  /** Empty on the last page. */
  readonly next: string
}

/** Every call throws AppError `forbidden`, `conflict`, `invalid`, `rate_limited` or `upstream_unavailable`. */
export interface ClusterClient {
  /** Undefined when the cluster has forgotten what `next` continues. */
  page(selector: string, limit: number, next: string): Promise<Page | undefined>
  read(name: string): Promise<V1CronJob | undefined>
  /** A `conflict` when the name is taken. */
  create(manifest: CronJobManifest): Promise<V1CronJob>
  /** Undefined when it is gone, `conflict` when it has moved on. */
  patch(name: string, operations: readonly Operation[]): Promise<V1CronJob | undefined>
  /** Deletes the object of that uid with its Jobs; `conflict` when another has its name. */
  remove(name: string, uid: string): Promise<Removed>
  allows(right: Right): Promise<boolean>
}

/** Who manages the fields we set. */
const FIELD_MANAGER = 'coxswain'
/** A healthy API server answers in milliseconds. */
const ATTEMPT_TIMEOUT = seconds(10)
/** A second retry catches a restarting API server; a third would only add to an outage. */
const MAX_RETRIES = 2
/** Upper bound of the first pause; it doubles, and a random part of it is waited. */
const FIRST_PAUSE = seconds(1)
const GONE = 410
const UNAUTHORIZED = 401

export function createClusterClient(options: ClientOptions): ClusterClient {
  const { access, namespace, timeoutMs = ATTEMPT_TIMEOUT, clock = systemClock } = options
  const call = createCall(createApis(access, { clock, timeoutMs }), { ...options, clock })
  const cronjobs = (verb: string, name?: string): Attempted => ({
    verb,
    resource: 'cronjobs',
    namespace,
    ...(name !== undefined && { name }),
  })

  return {
    async page(labelSelector, limit, next) {
      const ask = { namespace, labelSelector, limit, ...(next !== '' && { _continue: next }) }
      const answer = await call(cronjobs('list'), ({ batch }) => batch.listNamespacedCronJob(ask), [GONE])
      return answer && { items: answer.items, next: answer.metadata?._continue ?? '' }
    },
    read: (name) => call(cronjobs('get', name), ({ batch }) => batch.readNamespacedCronJob({ name, namespace }), [404]),
    create(manifest) {
      // Two packages describe the same object; they differ in the type of times, of which the manifest has none.
      const plain: unknown = manifest
      const body = plain as V1CronJob
      const ask = { namespace, body, fieldManager: FIELD_MANAGER }
      return certain(
        call(cronjobs('create', manifest.metadata.name), ({ batch }) => batch.createNamespacedCronJob(ask)),
      )
    },
    patch(name, body) {
      const ask = { name, namespace, body, fieldManager: FIELD_MANAGER }
      return call(cronjobs('patch', name), ({ batch }) => batch.patchNamespacedCronJob(ask), [404])
    },
    async remove(name, uid) {
      const ask = { name, namespace, body: { preconditions: { uid }, propagationPolicy: 'Background' } }
      const answer = await call(cronjobs('delete', name), ({ batch }) => batch.deleteNamespacedCronJob(ask), [404])
      if (answer === undefined) return 'absent'
      // A Status when it is gone; the object itself while a finalizer holds it.
      return answer.kind === 'CronJob' ? 'terminating' : 'deleted'
    },
    async allows({ verb, resource }) {
      const attempted = { verb: 'create', resource: 'selfsubjectaccessreviews', namespace }
      const body = { spec: { resourceAttributes: { group: GROUP, verb, resource, namespace } } }
      const review = await certain(
        call(attempted, ({ authorization }) => authorization.createSelfSubjectAccessReview({ body })),
      )
      return review.status?.allowed ?? false
    },
  }
}

/** Undefined stands for one of the statuses in `quiet`. */
type Call = <T>(
  attempted: Attempted,
  action: (apis: Apis) => Promise<T>,
  quiet?: readonly number[],
) => Promise<T | undefined>

type CallOptions = Pick<ClientOptions, 'sleep' | 'chance'> & { readonly clock: Clock }

/** One line to the cluster: closed for a while when the cluster asks for quiet. */
function createCall(apis: ApiLoader, options: CallOptions): Call {
  const { clock, sleep = systemSleep, chance = systemChance } = options
  let closed: Instant = 0

  const attempt: Call = async (attempted, action, quiet = []) => {
    const wait = Math.ceil((closed - clock.now()) / 1000)
    if (wait > 0) throw new AppError('rate_limited', 'The cluster asks for fewer requests.', { retryAfter: wait })
    const loaded = await apis.load()
    try {
      return await action(loaded)
    } catch (thrown) {
      if (!isRefusal(thrown)) throw unsent(attempted, thrown)
      if (isQuiet(thrown, quiet)) return undefined
      const error = refusal(attempted, thrown)
      if (error.retryAfter !== undefined) closed = clock.now() + seconds(error.retryAfter)
      throw error
    }
  }

  return async (attempted, action, quiet) => {
    let isRenewed = false
    for (let retries = 0; ; retries += 1) {
      try {
        return await attempt(attempted, action, quiet)
      } catch (error) {
        // Nothing was done: credentials that were rotated meanwhile are read, once.
        if (isUnauthorized(error) && !isRenewed && apis.renew()) {
          isRenewed = true
          continue
        }
        if (retries >= MAX_RETRIES || !isWorthRepeating(attempted, error)) throw error
        await sleep(chance() * FIRST_PAUSE * 2 ** retries)
      }
    }
  }
}

/** A 404 is quiet only when the object is missing, not when its namespace or the whole API is. */
function isQuiet({ code, body }: Refusal, quiet: readonly number[]): boolean {
  if (!quiet.includes(code)) return false
  return code !== 404 || statusOf(body).details?.kind === 'cronjobs'
}

/** Only what changes nothing is repeated, and not where the cluster named a time. */
function isWorthRepeating({ verb }: Attempted, error: unknown): boolean {
  const passing = error instanceof AppError && error.code === 'upstream_unavailable' && error.retryAfter === undefined
  return passing && (verb === 'get' || verb === 'list') && error.details['status'] !== 404
}

/** The error of a call that the cluster did not answer, or that could not be sent for want of credentials. */
function unsent(attempted: Attempted, thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : noAnswer(attempted, thrown)
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof AppError && error.details['status'] === UNAUTHORIZED
}

/** The client's ApiException, told by its shape because the class is not loaded yet. */
function isRefusal(thrown: unknown): thrown is Refusal {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'number' &&
    'headers' in thrown &&
    'body' in thrown
  )
}

/** For calls without quiet statuses, which always have an answer. */
async function certain<T>(answer: Promise<T | undefined>): Promise<T> {
  return (await answer) as T
}
