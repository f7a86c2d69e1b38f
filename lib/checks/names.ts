/** Names and labels as Kubernetes' API machinery takes them (k8s.io/apimachinery, pkg/util/validation). */
import { isObject } from './objects.ts'

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const LONGEST_SUBDOMAIN = 253

export const isDnsLabel = (name: string): boolean => DNS_LABEL.test(name)
export const isSubdomain = (name: string): boolean => name.length <= LONGEST_SUBDOMAIN && SUBDOMAIN.test(name)

/** The name of a port: at most 15 of a–z, 0–9 and single hyphens, with a letter. */
export function isPortName(name: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/.test(name) && /[a-z]/.test(name) && !name.includes('--')
}

/** What is wrong with the labels at `path`; nothing when there are none. */
export function* labelFaults(labels: unknown, path: string): Generator<string> {
  if (!isObject(labels)) return
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualified(key)) yield `${path}: the key ${JSON.stringify(key)} is no qualified name`
    if (typeof value !== 'string' || LABEL_VALUE.test(value)) continue
    yield `${path}.${key}: a label’s value has at most 63 letters, digits, "-", "_" and ".", and begins and ends with a letter or digit`
  }
}

/** `name` or `domain/name`. */
export function isQualified(key: string): boolean {
  const parts = key.split('/')
  const [prefix, name] = parts.length > 1 ? [parts[0], parts[1]] : [undefined, parts[0]]
  if (parts.length > 2 || name === undefined || !QUALIFIED.test(name)) return false
  return prefix === undefined || isSubdomain(prefix)
}
