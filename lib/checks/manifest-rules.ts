/** What the API server refuses in a manifest although the schema allows it. */
import { at, isObject, type Json } from './objects.ts'

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const LONGEST_NAME = 253
/** A CronJob's name leaves room for the 11 characters that name its Jobs. */
const LONGEST: Readonly<Record<string, number>> = { CronJob: 52, Namespace: 63, Service: 63 }
/** Kinds whose name is part of a host name. */
const LABELS: readonly unknown[] = ['Namespace', 'Service']
/** RBAC takes any name that fits into a path. */
const FREE = /^(?:Cluster)?Role(?:Binding)?$/
/** Kinds whose selector must choose the pods of their own template. */
const WORKLOADS: readonly unknown[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']

export function* brokenRules(manifest: Json): Generator<string> {
  yield* nameFaults(manifest, String(manifest['kind']))
  if (WORKLOADS.includes(manifest['kind'])) yield* selectorFaults(manifest)
}

function* nameFaults(manifest: Json, kind: string): Generator<string> {
  const name = at(manifest, 'metadata.name')
  if (name === undefined && typeof at(manifest, 'metadata.generateName') === 'string') return
  if (typeof name !== 'string' || name === '') yield 'metadata.name: is required'
  else if (name.length > (LONGEST[kind] ?? LONGEST_NAME)) {
    yield `metadata.name: must be no more than ${LONGEST[kind] ?? LONGEST_NAME} characters`
  } else if (!FREE.test(kind) && !(LABELS.includes(kind) ? DNS_LABEL : SUBDOMAIN).test(name)) {
    yield 'metadata.name: must consist of a–z, 0–9, "-" and begin and end with a letter or digit'
  }
}

function* selectorFaults(manifest: Json): Generator<string> {
  const wanted = at(manifest, 'spec.selector.matchLabels')
  const labels = at(manifest, 'spec.template.metadata.labels')
  if (!isObject(wanted)) return
  for (const [label, value] of Object.entries(wanted)) {
    if (isObject(labels) && Object.hasOwn(labels, label) && labels[label] === value) continue
    yield `spec.selector.matchLabels: the pod template has no label ${label} of that value`
  }
}
