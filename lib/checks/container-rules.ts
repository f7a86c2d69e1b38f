/** What the API server refuses in the containers of a pod although the schema allows it (pkg/apis/core/validation). */
import { isDnsLabel, isPortName } from './names.ts'
import { at, isObject, type Json } from './objects.ts'
import { quantityOf } from './quantities.ts'

const MOST_PORT = 65_535
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const
const HANDLERS = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const

export interface PodPlace {
  readonly spec: Json
  /** `spec.template.spec`. */
  readonly path: string
  /** Volumes that come from elsewhere: a StatefulSet's claims. */
  readonly claims: readonly string[]
}

export function isPort(value: unknown): boolean {
  return typeof value !== 'number' || (Number.isInteger(value) && value >= 1 && value <= MOST_PORT)
}
export const NO_PORT = `must be between 1 and ${MOST_PORT}, inclusive`

export function* podFaults(place: PodPlace): Generator<string> {
  const { spec, path } = place
  const containers = objects(spec['containers'])
  const inits = objects(spec['initContainers'])
  if (Array.isArray(spec['containers']) && spec['containers'].length === 0) yield `${path}.containers: is required`
  yield* doubled([...containers, ...inits].map(nameOf), `${path}.containers: the name`)
  const volumes = objects(spec['volumes']).map(nameOf)
  yield* doubled(volumes, `${path}.volumes: the name`)
  const known = new Set([...volumes, ...place.claims])
  for (const [list, all] of [
    ['containers', containers],
    ['initContainers', inits],
  ] as const) {
    for (const [index, container] of all.entries())
      yield* containerFaults(container, `${path}.${list}[${index}]`, known)
  }
}

function* containerFaults(container: Json, path: string, volumes: ReadonlySet<string | undefined>): Generator<string> {
  const name = nameOf(container)
  if (name !== undefined && !isDnsLabel(name)) yield `${path}.name: must be at most 63 of a–z, 0–9 and "-"`
  if (container['image'] === undefined || container['image'] === '') yield `${path}.image: is required`
  yield* portFaults(container, path)
  yield* mountFaults(container, path, volumes)
  yield* resourceFaults(container['resources'], `${path}.resources`)
  yield* envFaults(container, path)
  for (const probe of PROBES) yield* probeFaults(container[probe], `${path}.${probe}`)
}

function* portFaults(container: Json, path: string): Generator<string> {
  const ports = objects(container['ports'])
  yield* doubled(ports.map(nameOf), `${path}.ports: the name`)
  for (const [index, port] of ports.entries()) {
    for (const field of ['containerPort', 'hostPort']) {
      if (!isPort(port[field])) yield `${path}.ports[${index}].${field}: ${NO_PORT}`
    }
    const name = nameOf(port)
    if (name === undefined || isPortName(name)) continue
    yield `${path}.ports[${index}].name: must be at most 15 of a–z, 0–9 and "-", with a letter`
  }
}

function* mountFaults(container: Json, path: string, volumes: ReadonlySet<string | undefined>): Generator<string> {
  const mounts = objects(container['volumeMounts'])
  yield* doubled(
    mounts.map(({ mountPath }) => (typeof mountPath === 'string' ? mountPath : undefined)),
    `${path}.volumeMounts: the mountPath`,
  )
  for (const [index, mount] of mounts.entries()) {
    const name = nameOf(mount)
    if (name === undefined || volumes.has(name)) continue
    yield `${path}.volumeMounts[${index}].name: there is no volume ${JSON.stringify(name)}`
  }
}

function* resourceFaults(resources: unknown, path: string): Generator<string> {
  const limits = at(resources, 'limits')
  const requests = at(resources, 'requests')
  yield* quantityFaults(limits, `${path}.limits`)
  yield* quantityFaults(requests, `${path}.requests`)
  for (const [resource, value] of Object.entries(isObject(requests) ? requests : {})) {
    const limit = quantityOf(at(limits, resource))
    if (limit === undefined || (quantityOf(value) ?? 0) <= limit) continue
    yield `${path}.requests.${resource}: must be less than or equal to the limit of ${resource}`
  }
}

function* quantityFaults(list: unknown, path: string): Generator<string> {
  for (const [resource, value] of Object.entries(isObject(list) ? list : {})) {
    const quantity = quantityOf(value)
    if (quantity === undefined) yield `${path}.${resource}: is no quantity such as 250m, 0.5 or 128Mi`
    else if (quantity < 0) yield `${path}.${resource}: must be greater than or equal to 0`
  }
}

function* envFaults(container: Json, path: string): Generator<string> {
  for (const [index, variable] of objects(container['env']).entries()) {
    const name = nameOf(variable)
    if (name !== undefined && !/^[ -<>-~]+$/.test(name))
      yield `${path}.env[${index}].name: must be printable without "="`
    if (variable['valueFrom'] !== undefined && (variable['value'] ?? '') !== '')
      yield `${path}.env[${index}].valueFrom: may not be specified when value is not empty`
  }
}

function* probeFaults(probe: unknown, path: string): Generator<string> {
  if (!isObject(probe)) return
  const handlers = HANDLERS.filter((handler) => isObject(probe[handler]))
  if (handlers.length !== 1) yield `${path}: must have exactly one of ${HANDLERS.join(', ')}`
  for (const handler of handlers) {
    const port = at(probe, `${handler}.port`)
    if (!isPort(port)) yield `${path}.${handler}.port: ${NO_PORT}`
  }
}

/** The entries of a list that are objects; the schema judges the others. */
export function objects(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}

export function nameOf({ name }: Json): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined
}

export function* doubled(names: readonly (string | undefined)[], what: string): Generator<string> {
  const seen = new Set<string>()
  for (const name of names) {
    if (name !== undefined && seen.has(name)) yield `${what} ${JSON.stringify(name)} is there twice`
    if (name !== undefined) seen.add(name)
  }
}
