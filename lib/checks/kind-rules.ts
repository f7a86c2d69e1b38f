/** Rules of single kinds that no schema states: Services, CronJobs, Jobs, ConfigMaps, Secrets, autoscalers. */
import { parseSchedule } from '#lib/cron/parse'
import { zoneFault, zoneLike } from '#lib/cron/zone'
import { doubled, isPort, NO_PORT, nameOf, objects } from './container-rules.ts'
import { isDnsLabel, isSubdomain } from './names.ts'
import { at, isObject, type Json } from './objects.ts'
import {
  claimFaults,
  definitionFaults,
  deploymentFaults,
  disruptionFaults,
  networkPolicyFaults,
  replicaFaults,
} from './workload-rules.ts'

type Rules = (manifest: Json) => Generator<string>

export const KIND_RULES: Readonly<Record<string, Rules>> = {
  Service: serviceFaults,
  CronJob: cronJobFaults,
  ConfigMap: (manifest) => keyFaults(manifest, ['data', 'binaryData']),
  Secret: secretFaults,
  HorizontalPodAutoscaler: autoscalerFaults,
  Ingress: ingressFaults,
  Deployment: deploymentFaults,
  StatefulSet: replicaFaults,
  ReplicaSet: replicaFaults,
  PersistentVolumeClaim: claimFaults,
  PodDisruptionBudget: disruptionFaults,
  NetworkPolicy: networkPolicyFaults,
  CustomResourceDefinition: definitionFaults,
}

function* serviceFaults(manifest: Json): Generator<string> {
  const ports = objects(at(manifest, 'spec.ports'))
  const type = at(manifest, 'spec.type')
  const isHeadless = at(manifest, 'spec.clusterIP') === 'None'
  if (ports.length === 0 && type !== 'ExternalName' && !isHeadless) yield 'spec.ports: is required'
  if (type === 'ExternalName' && typeof at(manifest, 'spec.externalName') !== 'string')
    yield 'spec.externalName: is required for the type ExternalName'
  yield* doubled(ports.map(nameOf), 'spec.ports: the name')
  yield* doubled(
    ports.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`),
    'spec.ports: the port',
  )
  for (const [index, port] of ports.entries()) yield* servicePortFaults(port, `spec.ports[${index}]`, ports.length)
}

function* servicePortFaults(port: Json, path: string, of: number): Generator<string> {
  for (const field of ['port', 'targetPort', 'nodePort']) {
    if (!isPort(port[field])) yield `${path}.${field}: ${NO_PORT}`
  }
  const name = nameOf(port)
  if (name === undefined && of > 1) yield `${path}.name: is required where there are several ports`
  if (name !== undefined && !isDnsLabel(name)) yield `${path}.name: must be at most 63 of a–z, 0–9 and "-"`
}

function* cronJobFaults(manifest: Json): Generator<string> {
  const schedule = at(manifest, 'spec.schedule')
  const read = typeof schedule === 'string' ? parseSchedule(schedule) : undefined
  if (read?.kind === 'fault') yield `spec.schedule: ${read.reason}`
  const zone = at(manifest, 'spec.timeZone')
  const fault = typeof zone === 'string' ? zoneFault(zone) : undefined
  if (fault === undefined) return
  const like = zoneLike(String(zone))
  yield `spec.timeZone: ${fault}${like === undefined ? '' : `; ${like} is one`}`
}

function* keyFaults(manifest: Json, fields: readonly string[]): Generator<string> {
  for (const field of fields) {
    const data = manifest[field]
    for (const key of Object.keys(isObject(data) ? data : {})) {
      if (/^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && key !== '..') continue
      yield `${field}: the key ${JSON.stringify(key)} must have letters, digits, "-", "_" and "." alone`
    }
  }
}

function* secretFaults(manifest: Json): Generator<string> {
  yield* keyFaults(manifest, ['data', 'stringData'])
  const { data } = manifest
  for (const [key, value] of Object.entries(isObject(data) ? data : {})) {
    if (typeof value === 'string' && !isBase64(value)) yield `data.${key}: is no base64; text goes into stringData`
  }
}

function isBase64(text: string): boolean {
  const bare = text.replaceAll(/[\r\n]/g, '')
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare)
}

function* autoscalerFaults(manifest: Json): Generator<string> {
  const least = at(manifest, 'spec.minReplicas') ?? 1
  const most = at(manifest, 'spec.maxReplicas')
  if (typeof most === 'number' && most < 1) yield 'spec.maxReplicas: must be greater than 0'
  if (typeof most === 'number' && typeof least === 'number' && most < least)
    yield 'spec.maxReplicas: must be greater than or equal to minReplicas'
}

function* ingressFaults(manifest: Json): Generator<string> {
  const rules = objects(at(manifest, 'spec.rules'))
  if (rules.length === 0 && at(manifest, 'spec.defaultBackend') === undefined)
    yield 'spec: either defaultBackend or rules must be specified'
  for (const [index, rule] of rules.entries()) {
    const { host } = rule
    if (typeof host === 'string' && host !== '' && !isSubdomain(host.replace(/^\*\./, '')))
      yield `spec.rules[${index}].host: must be a DNS name without scheme and port`
    for (const [number, path] of objects(at(rule, 'http.paths')).entries()) {
      const place = `spec.rules[${index}].http.paths[${number}]`
      const port = at(path, 'backend.service.port.number')
      if (!isPort(port)) yield `${place}.backend.service.port.number: ${NO_PORT}`
      if (typeof path['path'] === 'string' && !path['path'].startsWith('/'))
        yield `${place}.path: must be an absolute path`
    }
  }
}
