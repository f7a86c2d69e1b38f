/** The CronJob controller: starts Jobs when they are due, ends them after a moment, keeps the history short. */
import { type Clock, fromTimestamp, type Instant, seconds } from '#lib/clock'
import type { KubeObject } from '../api/objects.ts'
import { CRONJOBS, JOBS } from '../api/resources.ts'
import type { Key, Store, Write } from '../state/store.ts'
import { kubeTime } from '../view/time.ts'
import { finished, inner, isFinished, jobName, jobOf, type Outcome, outcomeOf, started } from './jobs.ts'
import { dueBetween } from './schedule.ts'

export interface Controller {
  /** Does all that is due by now. */
  tick(): void
}

export interface ControllerOptions {
  readonly store: Store
  readonly clock: Clock
  /** Creates an object as a client would, with defaults and checks. */
  readonly create: (key: Key, object: unknown) => KubeObject
  /** Deletes an object with what it owns. */
  readonly removal: (key: Key, object: KubeObject) => readonly Write[]
  /** How a Job ends. */
  readonly outcomeOf: (job: KubeObject) => Outcome
  /** How long a Job runs. */
  readonly jobMs: number
}

export function createController(options: ControllerOptions): Controller {
  const { store, clock } = options
  return {
    tick() {
      const now = clock.now()
      for (const job of store.list(JOBS)) runJob(options, job, now)
      for (const cronJob of store.list(CRONJOBS)) {
        settle(options, cronJob)
        const standing = store.get(keyOf(CRONJOBS, cronJob))
        if (standing !== undefined) schedule(options, standing, now)
      }
    },
  }
}

/** Starts a Job that waits, ends one that has run its time. */
function runJob({ store, jobMs, outcomeOf: ending }: ControllerOptions, job: KubeObject, now: Instant): void {
  if (isFinished(job) || inner(job, 'spec')['suspend'] === true) return
  const { startTime } = inner(job, 'status')
  const key = keyOf(JOBS, job)
  if (typeof startTime !== 'string') store.commit([{ key, object: started(job, now) }])
  else if (now - fromTimestamp(startTime) >= jobMs) store.commit([{ key, object: finished(job, ending(job), now) }])
}

/** Takes ended Jobs off the active ones and deletes the oldest beyond the history's limits. */
function settle(options: ControllerOptions, cronJob: KubeObject): void {
  const { store } = options
  const spec = inner(cronJob, 'spec')
  const jobs = jobsOf(store, cronJob)
  const successes = jobs.filter((job) => outcomeOf(job) === 'Complete')
  const failures = jobs.filter((job) => outcomeOf(job) === 'Failed')
  const surplus = [
    ...beyond(successes, spec['successfulJobsHistoryLimit'] ?? 3),
    ...beyond(failures, spec['failedJobsHistoryLimit'] ?? 1),
  ]
  store.commit(surplus.flatMap((job) => options.removal(keyOf(JOBS, job), job)))
  const last = successes
    .map((job) => String(inner(job, 'status')['completionTime']))
    .sort()
    .at(-1)
  setStatus(options, cronJob, {
    active: jobs.filter((job) => !isFinished(job)),
    ...(last !== undefined && { lastSuccessfulTime: last }),
  })
}

/** Starts the newest run that is due, as the schedule, the deadline and the concurrency policy have it. */
function schedule(options: ControllerOptions, cronJob: KubeObject, now: Instant): void {
  const spec = inner(cronJob, 'spec')
  const status = inner(cronJob, 'status')
  if (spec['suspend'] === true) return
  const { timeZone, startingDeadlineSeconds: deadline } = spec
  const since = fromTimestamp(String(status['lastScheduleTime'] ?? cronJob.metadata.creationTimestamp))
  const earliest = typeof deadline === 'number' ? Math.max(since, now - seconds(deadline)) : since
  const rule = { schedule: String(spec['schedule']), ...(typeof timeZone === 'string' && { timeZone }) }
  const due = dueBetween(rule, earliest, now)
  if (due === undefined) return

  const active = jobsOf(options.store, cronJob).filter((job) => !isFinished(job))
  if (active.length > 0 && spec['concurrencyPolicy'] === 'Forbid') return
  if (spec['concurrencyPolicy'] === 'Replace') {
    options.store.commit(active.flatMap((job) => options.removal(keyOf(JOBS, job), job)))
  }
  const kept = spec['concurrencyPolicy'] === 'Replace' ? [] : active
  const job = start(options, cronJob, due.at, now)
  const lastScheduleTime = kubeTime(due.at)
  setStatus(options, cronJob, { active: [...kept, job], lastScheduleTime })
}

function start({ store, create }: ControllerOptions, cronJob: KubeObject, due: Instant, now: Instant): KubeObject {
  const key = { ...keyOf(JOBS, cronJob), name: jobName(cronJob.metadata.name, due) }
  const standing = store.get(key)
  if (standing !== undefined) return standing
  const job = create(key, jobOf(cronJob, due))
  return store.commit([{ key, object: started(job, now) }])[0] ?? job
}

interface StatusChange {
  readonly active: readonly KubeObject[]
  readonly lastScheduleTime?: string
  readonly lastSuccessfulTime?: string
}

function setStatus({ store }: ControllerOptions, cronJob: KubeObject, change: StatusChange): void {
  const { active, ...times } = change
  const references = active.map(({ metadata: { name, namespace, uid, resourceVersion } }) => ({
    kind: 'Job',
    namespace,
    name,
    uid,
    apiVersion: 'batch/v1',
    resourceVersion,
  }))
  const { active: before = [], ...standing } = inner(cronJob, 'status')
  const next = { ...standing, ...times, ...(references.length > 0 && { active: references }) }
  const names = (list: unknown) => JSON.stringify(Array.isArray(list) ? list.map(({ uid }) => uid) : [])
  const isSame =
    names(before) === names(references) && Object.entries(times).every(([field, value]) => standing[field] === value)
  if (!isSame) store.commit([{ key: keyOf(CRONJOBS, cronJob), object: { ...cronJob, status: next } }])
}

function jobsOf(store: Store, { metadata }: KubeObject): KubeObject[] {
  return store
    .list(JOBS, metadata.namespace)
    .filter((job) => job.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
}

/** The oldest that are more than `limit`. */
function beyond(jobs: readonly KubeObject[], limit: unknown): readonly KubeObject[] {
  const oldestFirst = [...jobs].sort((a, b) => startOf(a).localeCompare(startOf(b)))
  return oldestFirst.slice(0, Math.max(0, jobs.length - Number(limit)))
}

const startOf = (job: KubeObject): string => String(inner(job, 'status')['startTime'])

function keyOf(resource: Key['resource'], { metadata }: KubeObject): Key {
  return { resource, namespace: metadata.namespace ?? '', name: metadata.name }
}
