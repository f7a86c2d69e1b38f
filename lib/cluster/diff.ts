/**
 * What of a CronJob differs from its manifest. What the manifest leaves to the server (defaults, status, bookkeeping) or
 * to others (their labels, their environment variables) is no difference, except the few fields that change what runs or
 * when.
 */
import { ANNOTATION, type CronJobManifest } from './manifest.ts'

export interface Difference {
  /** RFC 6901, in the manifest; in the object for what the manifest does not have. */
  readonly pointer: string
  /** RFC 6901, in the object as it was found: its lists may be in another order. `-` is the end of a list. */
  readonly place: string
  /** Undefined where the manifest has nothing. */
  readonly wanted: unknown
  /** Undefined where the object has nothing. */
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
/** Lists whose items are told apart by their name, whatever their order; `exact` ones hold nothing but what we put there. */
const NAMED_LISTS: Readonly<Record<string, 'exact' | 'shared'>> = {
  containers: 'exact',
  env: 'shared',
  imagePullSecrets: 'shared',
}
/** What is ignored elsewhere is the server's own. */
const KEPT: readonly string[] = ['/spec', '/metadata/labels', '/metadata/annotations']
/** What an object is, which the items of a list do not say. */
const TYPE: readonly string[] = ['/apiVersion', '/kind']
/** Follow from the rest of the manifest, or say who made it: written with a repair, no reason for one. */
const DERIVED: readonly string[] = [ANNOTATION.hash, ANNOTATION.installation].map(
  (name) => `/metadata/annotations/${escaped(name)}`,
)

/** Pointers in the manifest's order. `ignore` names pointers to leave out, each with all below it. */
export function differences(wanted: CronJobManifest, found: unknown, ignore: readonly string[] = []): Difference[] {
  return without([...DERIVED, ...ignore], allDifferences(wanted, found))
}

/** The differences, and what is written along with them: nothing of what is ignored. */
export function changes(wanted: CronJobManifest, found: unknown, ignore: readonly string[] = []): Difference[] {
  if (differences(wanted, found, ignore).length === 0) return []
  return without(ignore, allDifferences(wanted, found))
}

/** The manifest with what is ignored as it is in `live`: what is made anew keeps what others have set. */
export function withIgnored(manifest: CronJobManifest, live: unknown, ignore: readonly string[]): CronJobManifest {
  const theirs = ignore.filter((pointer) => KEPT.some((one) => covers(one, pointer)))
  return theirs.reduce<unknown>(
    (made, pointer) => placed(made, keysOf(pointer), at(live, pointer)),
    manifest,
  ) as CronJobManifest
}

function placed(value: unknown, [key, ...rest]: readonly string[], inner: unknown): unknown {
  if (key === undefined) return inner
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? placed(item, rest, inner) : item))
  if (!isRecord(value)) return value
  const { [key]: standing, ...others } = value
  const next = placed(standing ?? {}, rest, inner)
  return next === undefined ? others : { ...value, [key]: next }
}

function allDifferences(wanted: CronJobManifest, found: unknown): Difference[] {
  const unwanted = MUST_BE_ABSENT.filter((pointer) => at(wanted, pointer) === undefined)
    .map((pointer) => ({ pointer, place: pointer, wanted: undefined, found: at(found, pointer) }))
    .filter((extra) => !isNothing(extra.found))
  return without(TYPE, [...compare({ pointer: '', place: '', wanted, found }), ...unwanted])
}

function compare(both: Difference): Difference[] {
  const { pointer, place, wanted, found } = both
  if (Array.isArray(wanted) && Array.isArray(found)) return compareLists(both, wanted, found)
  if (isRecord(wanted) && isRecord(found)) {
    return Object.entries(wanted).flatMap(([key, value]) => {
      const below = `/${escaped(key)}`
      return compare({ pointer: pointer + below, place: place + below, wanted: value, found: found[key] })
    })
  }
  return wanted === found || (isEmpty(wanted) && isEmpty(found)) ? [] : [both]
}

function compareLists(both: Difference, wanted: readonly unknown[], found: readonly unknown[]): Difference[] {
  const { pointer, place } = both
  const kind = NAMED_LISTS[pointer.slice(pointer.lastIndexOf('/') + 1)]
  if (kind === undefined) {
    if (found.length !== wanted.length) return [both]
    return wanted.flatMap((item, index) =>
      compare({ pointer: `${pointer}/${index}`, place: `${place}/${index}`, wanted: item, found: found[index] }),
    )
  }
  const names = found.map(nameOf)
  const ours = wanted.flatMap((item, index) => {
    const where = names.indexOf(nameOf(item))
    const step = where < 0 ? '-' : String(where)
    return compare({ pointer: `${pointer}/${index}`, place: `${place}/${step}`, wanted: item, found: found[where] })
  })
  if (kind === 'shared') return ours
  const known = wanted.map(nameOf)
  const extra = found.flatMap((item, index) => {
    const here = { pointer: `${pointer}/${index}`, place: `${place}/${index}` }
    return known.includes(nameOf(item)) ? [] : [{ ...here, wanted: undefined, found: item }]
  })
  return [...ours, ...extra]
}

/** The differences without those that one of the pointers covers, and without what is below one of them. */
function without(skip: readonly string[], all: readonly Difference[]): Difference[] {
  return all.flatMap((one) => {
    if (skip.some((ignored) => covers(ignored, one.pointer))) return []
    const below = skip.filter((ignored) => covers(one.pointer, ignored)).map((ignored) => keysOf(ignored, one.pointer))
    return below.length === 0 ? [one] : [{ ...one, wanted: below.reduce(removed, one.wanted) }]
  })
}

function removed(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (!isRecord(value) || !Object.hasOwn(value, key)) return value
  const { [key]: inner, ...others } = value
  return rest.length === 0 ? others : { ...others, [key]: removed(inner, rest) }
}

function at(value: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), value)
}

function keysOf(pointer: string, above = ''): string[] {
  const steps = pointer.slice(above.length).split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function covers(ignored: string, pointer: string): boolean {
  return pointer === ignored || pointer.startsWith(`${ignored}/`)
}

/** The server keeps `suspend: false` where nothing was asked for. */
function isNothing(value: unknown): boolean {
  return value === false || isEmpty(value)
}

/** The server leaves out empty texts and lists. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function nameOf(item: unknown): unknown {
  return isObject(item) ? item['name'] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
