/** Jobs as the CronJob controller makes them, and as they end. */
import { type Instant, minutes } from '#lib/clock'
import { isObject, type Json, type KubeObject } from '../api/objects.ts'
import { kubeTime } from '../view/time.ts'

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

export type Outcome = 'Complete' | 'Failed'

/** The Job of one run: named after its CronJob and the minute it was due, so that a run has one Job at most. */
export function jobOf(cronJob: KubeObject, due: Instant): Json {
  const { name, namespace, uid } = cronJob.metadata
  const template = inner(inner(cronJob, 'spec'), 'jobTemplate')
  const { labels = {}, annotations = {} } = inner(template, 'metadata')
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(name, due),
      namespace,
      labels,
      annotations: { ...(isObject(annotations) ? annotations : {}), [SCHEDULED]: kubeTime(due) },
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: inner(template, 'spec'),
  }
}

export function jobName(cronJob: string, due: Instant): string {
  return `${cronJob}-${Math.floor(due / minutes(1))}`
}

export function isFinished(job: KubeObject): boolean {
  return outcomeOf(job) !== undefined
}

export function outcomeOf(job: KubeObject): Outcome | undefined {
  const { conditions } = inner(job, 'status')
  if (!Array.isArray(conditions)) return undefined
  const done = conditions.find((one) => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed'))
  return done?.type
}

export function started(job: KubeObject, now: Instant): KubeObject {
  return { ...job, status: { ...inner(job, 'status'), active: 1, ready: 1, startTime: kubeTime(now) } }
}

export function finished(job: KubeObject, outcome: Outcome, now: Instant): KubeObject {
  const { startTime } = inner(job, 'status')
  const time = kubeTime(now)
  const condition = { type: outcome, status: 'True', lastProbeTime: time, lastTransitionTime: time }
  const result = outcome === 'Complete' ? { succeeded: 1, completionTime: time } : { failed: 1 }
  return { ...job, status: { startTime, ready: 0, conditions: [condition], ...result } }
}

/** The object in a field; empty when there is none. */
export function inner(object: Json | KubeObject, field: string): Json {
  const value = object[field]
  return isObject(value) ? value : {}
}
