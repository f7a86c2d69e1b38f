/** Objects as a table, the form in which `kubectl get` asks for them. */
import { fromTimestamp, type Instant } from '#lib/clock'
import { isObject, type Json, type KubeObject } from '../api/objects.ts'
import { CRONJOBS, JOBS, NAMESPACES, type Resource, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS } from '../api/resources.ts'
import { ageOf } from './time.ts'

type Cell = string | number

interface Column {
  readonly name: string
  readonly type?: 'string' | 'integer'
  /** Shown with `-o wide` only. */
  readonly wide?: boolean
  readonly cell: (object: KubeObject, now: Instant) => Cell
}

const NONE = '<none>'

const text = (path: string) => (object: KubeObject) => String(at(object, path) ?? NONE)
const since = (path: string, absent: string) => (object: KubeObject, now: Instant) => {
  const time = at(object, path)
  return typeof time === 'string' ? ageOf(now - fromTimestamp(time)) : absent
}
const NAME: Column = { name: 'Name', cell: text('metadata.name') }
const AGE: Column = { name: 'Age', cell: since('metadata.creationTimestamp', '<unknown>') }
const CREATED: Column = { name: 'Created At', cell: text('metadata.creationTimestamp') }

const containers = (path: string, field: string) => (object: KubeObject) =>
  listAt(object, path)
    .map((container) => (isObject(container) ? String(container[field]) : ''))
    .join(',')

const wideColumns = (path: string): Column[] => [
  { name: 'Containers', wide: true, cell: containers(path, 'name') },
  { name: 'Images', wide: true, cell: containers(path, 'image') },
]

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  [CRONJOBS.plural]: [
    NAME,
    { name: 'Schedule', cell: text('spec.schedule') },
    { name: 'Timezone', cell: text('spec.timeZone') },
    { name: 'Suspend', cell: (object) => (at(object, 'spec.suspend') === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', cell: (object) => listAt(object, 'status.active').length },
    { name: 'Last Schedule', cell: since('status.lastScheduleTime', NONE) },
    AGE,
    ...wideColumns('spec.jobTemplate.spec.template.spec.containers'),
    { name: 'Selector', wide: true, cell: () => NONE },
  ],
  [JOBS.plural]: [
    NAME,
    { name: 'Status', cell: jobStatus },
    { name: 'Completions', cell: (job) => `${at(job, 'status.succeeded') ?? 0}/${at(job, 'spec.completions') ?? 1}` },
    { name: 'Duration', cell: jobDuration },
    AGE,
    ...wideColumns('spec.template.spec.containers'),
    { name: 'Selector', wide: true, cell: () => NONE },
  ],
  [NAMESPACES.plural]: [NAME, { name: 'Status', cell: text('status.phase') }, AGE],
  [SERVICE_ACCOUNTS.plural]: [
    NAME,
    { name: 'Secrets', type: 'integer', cell: (object) => listAt(object, 'secrets').length },
    AGE,
  ],
  [ROLES.plural]: [NAME, CREATED],
  [ROLE_BINDINGS.plural]: [
    NAME,
    { name: 'Role', cell: (object) => `${text('roleRef.kind')(object)}/${text('roleRef.name')(object)}` },
    AGE,
  ],
}

/** True when the call asks for a table it can read. */
export function wantsTable(accept: string | undefined): boolean {
  return /as=Table;v=v1;g=meta\.k8s\.io/.test(accept ?? '')
}

/** `include` is how much of each object goes along: `None`, `Metadata` or `Object`. */
export function tableOf(resource: Resource, objects: readonly KubeObject[], now: Instant, include = 'Metadata'): Json {
  const columns = COLUMNS[resource.plural] ?? [NAME, AGE]
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: objects.at(-1)?.metadata.resourceVersion ?? '' },
    columnDefinitions: columns.map(({ name, type = 'string', wide = false }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: wide ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      ...(include !== 'None' && { object: include === 'Object' ? object : partOf(object) }),
    })),
  }
}

function partOf({ metadata }: KubeObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

function jobStatus(job: KubeObject): string {
  const condition = listAt(job, 'status.conditions').find((one) => isObject(one) && one['status'] === 'True')
  if (isObject(condition)) return String(condition['type'])
  return at(job, 'spec.suspend') === true ? 'Suspended' : 'Running'
}

function jobDuration(job: KubeObject, now: Instant): string {
  const start = at(job, 'status.startTime')
  if (typeof start !== 'string') return ''
  const end = at(job, 'status.completionTime')
  return ageOf((typeof end === 'string' ? fromTimestamp(end) : now) - fromTimestamp(start))
}

function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), object)
}

function listAt(object: unknown, path: string): readonly unknown[] {
  const list = at(object, path)
  return Array.isArray(list) ? list : []
}
