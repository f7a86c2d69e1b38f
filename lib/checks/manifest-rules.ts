/** What the API server refuses in a manifest although the schema allows it. */
import { nameOf, objects, type PodPlace, podFaults } from './container-rules.ts'
import { KIND_RULES } from './kind-rules.ts'
import { isDnsLabel, isQualified, isSubdomain, labelFaults } from './names.ts'
import { at, isObject, type Json } from './objects.ts'

const LONGEST_NAME = 253
/** A CronJob's name leaves room for the 11 characters that name its Jobs. */
const LONGEST: Readonly<Record<string, number>> = { CronJob: 52, Namespace: 63, Service: 63 }
/** Kinds whose name is part of a host name. */
const LABELS: readonly unknown[] = ['Namespace', 'Service']
/** RBAC takes any name that fits into a path. */
const FREE = /^(?:Cluster)?Role(?:Binding)?$/
/** Kinds whose selector must choose the pods of their own template. */
const WORKLOADS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']

/** Where kinds keep the template of their pods. */
const TEMPLATES: Readonly<Record<string, string>> = {
  Pod: '',
  ...Object.fromEntries([...WORKLOADS, 'Job'].map((kind) => [kind, 'spec.template'])),
  CronJob: 'spec.jobTemplate.spec.template',
}

export function* brokenRules(manifest: Json): Generator<string> {
  const kind = String(manifest['kind'])
  yield* nameFaults(manifest, kind)
  yield* metadataFaults(manifest, 'metadata')
  if (WORKLOADS.includes(kind)) yield* selectorFaults(manifest)
  if (Object.hasOwn(TEMPLATES, kind)) yield* templateFaults(manifest, kind, String(TEMPLATES[kind]))
  if (Object.hasOwn(KIND_RULES, kind)) yield* KIND_RULES[kind]?.(manifest) ?? []
}

function* metadataFaults(holder: unknown, path: string): Generator<string> {
  yield* labelFaults(at(holder, `${path}.labels`), `${path}.labels`)
  const annotations = at(holder, `${path}.annotations`)
  for (const key of Object.keys(isObject(annotations) ? annotations : {})) {
    if (!isQualified(key.toLowerCase()))
      yield `${path}.annotations: the key ${JSON.stringify(key)} is no qualified name`
  }
}

function* templateFaults(manifest: Json, kind: string, template: string): Generator<string> {
  const path = template === '' ? 'spec' : `${template}.spec`
  if (template !== '') yield* metadataFaults(manifest, `${template}.metadata`)
  const spec = at(manifest, path)
  if (!isObject(spec)) return
  yield* restartFaults(spec['restartPolicy'], kind, path)
  const claims = objects(at(manifest, 'spec.volumeClaimTemplates')).flatMap(({ metadata }) =>
    isObject(metadata) ? [nameOf(metadata) ?? ''] : [],
  )
  const place: PodPlace = { spec, path, claims }
  yield* podFaults(place)
}

function* restartFaults(policy: unknown, kind: string, path: string): Generator<string> {
  if (['Job', 'CronJob'].includes(kind) && policy !== 'OnFailure' && policy !== 'Never')
    yield `${path}.restartPolicy: must be OnFailure or Never`
  if (WORKLOADS.includes(kind) && (policy ?? 'Always') !== 'Always') yield `${path}.restartPolicy: must be Always`
}

function* nameFaults(manifest: Json, kind: string): Generator<string> {
  const name = at(manifest, 'metadata.name')
  if (name === undefined && typeof at(manifest, 'metadata.generateName') === 'string') return
  if (typeof name !== 'string' || name === '') yield 'metadata.name: is required'
  else if (name.length > (LONGEST[kind] ?? LONGEST_NAME)) {
    yield `metadata.name: must be no more than ${LONGEST[kind] ?? LONGEST_NAME} characters`
  } else if (!FREE.test(kind) && !(LABELS.includes(kind) ? isDnsLabel : isSubdomain)(name)) {
    yield 'metadata.name: must consist of a–z, 0–9, "-" and begin and end with a letter or digit'
  }
}

function* selectorFaults(manifest: Json): Generator<string> {
  const wanted = at(manifest, 'spec.selector.matchLabels')
  const labels = at(manifest, 'spec.template.metadata.labels')
  const expressions = at(manifest, 'spec.selector.matchExpressions')
  const isEmpty = Object.keys(isObject(wanted) ? wanted : {}).length === 0 && !Array.isArray(expressions)
  if (isEmpty && isObject(at(manifest, 'spec.selector'))) yield 'spec.selector: must not be empty'
  if (!isObject(wanted)) return
  for (const [label, value] of Object.entries(wanted)) {
    if (isObject(labels) && Object.hasOwn(labels, label) && labels[label] === value) continue
    yield `spec.selector.matchLabels: the pod template has no label ${label} of that value`
  }
}
