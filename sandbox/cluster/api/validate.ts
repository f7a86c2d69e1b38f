/** What the server refuses: the official schema first, then the rules that no schema states. */
import { CronJob } from 'kubernetes-models/batch/v1/CronJob'
import { Job } from 'kubernetes-models/batch/v1/Job'
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import { Namespace } from 'kubernetes-models/v1/Namespace'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { parseSchedule } from '#lib/cron/parse'
import { zoneFault } from '#lib/cron/zone'
import { type Cause, invalid } from '../http/status.ts'
import { isObject, type Json } from './objects.ts'
import { CRONJOBS, JOBS, qualified, type Resource, ROLE_BINDINGS, ROLES } from './resources.ts'

const MODELS = { CronJob, Job, Namespace, Role, RoleBinding, ServiceAccount } as const

const LABEL_NAME = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const LABEL_FAULT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
/** How long names may be. A CronJob's leaves room for the 11 characters that name its Jobs. */
const LONGEST: Readonly<Record<string, number>> = { cronjobs: 52, namespaces: 63, jobs: 63 }
const LONGEST_NAME = 253
const POD = 'spec.jobTemplate.spec.template.spec'

/** Throws 422 naming every field that is wrong. */
export function validate(resource: Resource, object: Json): void {
  const causes = [...bySchema(resource, object), ...byRules(resource, object)]
  const metadata = isObject(object['metadata']) ? object['metadata'] : {}
  if (causes.length > 0) throw invalid(resource, String(metadata['name'] ?? ''), causes)
}

interface SchemaError {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params?: Readonly<Record<string, unknown>>
}

function bySchema({ kind }: Resource, object: Json): Cause[] {
  if (!Object.hasOwn(MODELS, kind)) return []
  const Model = MODELS[kind as keyof typeof MODELS]
  try {
    new Model(object as never).validate()
    return []
  } catch (error) {
    const errors = error instanceof Error && 'errors' in error ? (error.errors as readonly SchemaError[]) : []
    if (errors.length === 0) throw error
    return errors.map(causeOf)
  }
}

function causeOf({ instancePath, keyword, message = 'is wrong', params = {} }: SchemaError): Cause {
  const at = instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
  if (keyword === 'required') return required([at, String(params['missingProperty'])].filter(Boolean).join('.'))
  if (keyword === 'enum')
    return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${message}`, field: at }
  return { reason: 'FieldValueTypeInvalid', message: `Invalid value: ${message}`, field: at }
}

function byRules(resource: Resource, object: Json): Cause[] {
  const causes = [...metadataRules(resource, object)]
  if (resource === CRONJOBS) causes.push(...cronJobRules(object), ...podRules(at(object, POD), POD))
  if (resource === JOBS) causes.push(...podRules(at(object, 'spec.template.spec'), 'spec.template.spec'))
  return causes
}

function* metadataRules(resource: Resource, object: Json): Generator<Cause> {
  const name = String(at(object, 'metadata.name') ?? '')
  const longest = LONGEST[resource.plural] ?? LONGEST_NAME
  // Roles and their bindings take any name that fits into a path.
  const isFree = resource === ROLES || resource === ROLE_BINDINGS
  const pattern = qualified(resource) === 'namespaces' ? DNS_LABEL : isFree ? /^[^/%]+$/ : SUBDOMAIN
  if (name === '') yield required('metadata.name')
  else if (name.length > longest) {
    yield wrong('metadata.name', name, `must be no more than ${longest} characters`)
  } else if (!pattern.test(name)) {
    yield wrong(
      'metadata.name',
      name,
      'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters',
    )
  }
  yield* labelRules(at(object, 'metadata.labels'), 'metadata.labels')
}

function* labelRules(labels: unknown, field: string): Generator<Cause> {
  for (const [name, value] of Object.entries(isObject(labels) ? labels : {})) {
    if (!LABEL_NAME.test(name)) yield wrong(field, name, 'name part must consist of alphanumeric characters')
    if (!LABEL_VALUE.test(String(value))) {
      yield wrong(field, String(value), LABEL_FAULT)
    }
  }
}

function* cronJobRules(object: Json): Generator<Cause> {
  const schedule = at(object, 'spec.schedule')
  if (typeof schedule === 'string') {
    const read = schedule === '' ? undefined : parseSchedule(schedule)
    if (read === undefined) yield required('spec.schedule')
    else if (read.kind === 'fault') yield wrong('spec.schedule', schedule, read.reason)
  }
  const zone = at(object, 'spec.timeZone')
  const unknown = typeof zone === 'string' ? zoneFault(zone) : undefined
  if (unknown !== undefined) yield wrong('spec.timeZone', zone, unknown)
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) {
    const value = at(object, `spec.${field}`)
    if (typeof value === 'number' && value < 0) {
      yield wrong(`spec.${field}`, value, 'must be greater than or equal to 0')
    }
  }
}

function* podRules(pod: unknown, field: string): Generator<Cause> {
  if (!isObject(pod)) return
  const policy = pod['restartPolicy']
  if (policy === undefined)
    yield { ...required(`${field}.restartPolicy`), message: 'Required value: valid values: "OnFailure", "Never"' }
  else if (policy !== 'OnFailure' && policy !== 'Never') {
    const message = `Unsupported value: "${policy}": supported values: "OnFailure", "Never"`
    yield { reason: 'FieldValueNotSupported', message, field: `${field}.restartPolicy` }
  }
  const containers = Array.isArray(pod['containers']) ? pod['containers'] : []
  if (containers.length === 0) yield required(`${field}.containers`)
  for (const [index, container] of containers.entries()) {
    if (isObject(container) && !container['image']) yield required(`${field}.containers[${index}].image`)
  }
}

function required(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field }
}

function wrong(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field }
}

function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), object)
}
