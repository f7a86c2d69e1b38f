/**
 * What of a CronJob differs from its manifest. What the manifest leaves to the server (defaults, status, bookkeeping)
 * is no difference, except the few fields that change what runs or when.
 */
import { ANNOTATION, type CronJobManifest } from './manifest.ts'

export interface Difference {
  /** RFC 6901. */
  readonly pointer: string
  /** Undefined where the manifest has nothing. */
  readonly wanted: unknown
  readonly found: unknown
}

const POD = '/spec/jobTemplate/spec/template/spec'
/** Absent from the manifest, and yet not the server's to fill. */
const MUST_BE_ABSENT: readonly string[] = [
  '/spec/timeZone',
  '/spec/jobTemplate/spec/suspend',
  `${POD}/initContainers`,
  `${POD}/containers/0/args`,
  `${POD}/containers/0/envFrom`,
]
/** Follows from the rest of the manifest: a difference there shows itself. */
const DERIVED: readonly string[] = [`/metadata/annotations/${escaped(ANNOTATION.hash)}`]

/** Pointers in the manifest's order. `ignore` names pointers to leave out, each with all below it. */
export function differences(wanted: CronJobManifest, found: unknown, ignore: readonly string[] = []): Difference[] {
  const unwanted = MUST_BE_ABSENT.filter((pointer) => at(wanted, pointer) === undefined)
    .map((pointer) => ({ pointer, wanted: undefined, found: at(found, pointer) }))
    .filter((extra) => !isNothing(extra.found))
  const skip = [...DERIVED, ...ignore]
  return [...compare('', wanted, found), ...unwanted].filter(({ pointer }) => !skip.some((one) => covers(one, pointer)))
}

function compare(pointer: string, wanted: unknown, found: unknown): Difference[] {
  if (Array.isArray(wanted)) {
    const sameLength = Array.isArray(found) && found.length === wanted.length
    if (!sameLength) return [{ pointer, wanted, found }]
    return wanted.flatMap((item, index) => compare(`${pointer}/${index}`, item, found[index]))
  }
  if (isObject(wanted)) {
    if (!isObject(found)) return [{ pointer, wanted, found }]
    return Object.entries(wanted).flatMap(([key, value]) => compare(`${pointer}/${escaped(key)}`, value, found[key]))
  }
  return wanted === found ? [] : [{ pointer, wanted, found }]
}

function at(value: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1)
  return keys.reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), value)
}

function covers(ignored: string, pointer: string): boolean {
  return pointer === ignored || pointer.startsWith(`${ignored}/`)
}

/** The server keeps `suspend: false` and empty lists where nothing was asked for. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
