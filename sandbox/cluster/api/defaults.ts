/** What the server fills in where an object says nothing, as a cluster does for the fields of CronJobs and Jobs. */
import { isObject, type Json } from './objects.ts'
import { CRONJOBS, JOBS, NAMESPACES, type Resource, ROLE_BINDINGS } from './resources.ts'

const CRONJOB: Json = {
  concurrencyPolicy: 'Allow',
  suspend: false,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 1,
}
const JOB: Json = {
  backoffLimit: 6,
  completions: 1,
  parallelism: 1,
  completionMode: 'NonIndexed',
  suspend: false,
  podReplacementPolicy: 'TerminatingOrFailed',
}
const POD: Json = {
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  securityContext: {},
}
const CONTAINER: Json = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
}

/** The object with its defaults; what it says itself stays. */
export function withDefaults(resource: Resource, object: Json): Json {
  switch (resource.plural) {
    case CRONJOBS.plural:
      return inside(object, 'spec', (spec) => inside({ ...CRONJOB, ...spec }, 'jobTemplate', ofTemplate))
    case JOBS.plural:
      return inside(object, 'spec', (spec) => ofJob({ ...JOB, ...spec }))
    case NAMESPACES.plural:
      return { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' }, ...object }
    case ROLE_BINDINGS.plural:
      return inside(object, 'roleRef', (ref) => ({ apiGroup: 'rbac.authorization.k8s.io', ...ref }))
    default:
      return object
  }
}

/** A template keeps fewer defaults than the Job that is made from it. */
function ofTemplate(template: Json): Json {
  return inside({ metadata: {}, ...template }, 'spec', ofJob)
}

function ofJob(spec: Json): Json {
  return inside(spec, 'template', (template) => inside({ metadata: {}, ...template }, 'spec', ofPod))
}

function ofPod(spec: Json): Json {
  const named = spec['serviceAccountName']
  const account = named === undefined ? {} : { serviceAccount: named }
  const { containers } = spec
  const filled = { ...POD, ...account, ...spec }
  return Array.isArray(containers) ? { ...filled, containers: containers.map(ofContainer) } : filled
}

function ofContainer(container: unknown): unknown {
  if (!isObject(container)) return container
  return { ...CONTAINER, imagePullPolicy: pullPolicy(container['image']), ...container }
}

/** `latest`, or no tag at all, is asked for anew each time. */
function pullPolicy(image: unknown): string {
  const name = String(image)
  const last = name.slice(name.lastIndexOf('/') + 1)
  return name.includes('@') || (last.includes(':') && !last.endsWith(':latest')) ? 'IfNotPresent' : 'Always'
}

function inside(object: Json, field: string, fill: (inner: Json) => Json): Json {
  const inner = object[field]
  return isObject(inner) ? { ...object, [field]: fill(inner) } : object
}
