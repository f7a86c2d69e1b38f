/** Who manages which fields: what a change takes over, and what an apply may and may not do. */
import { isObject, isSame, type KubeObject, type ManagedFields } from '../api/objects.ts'
import { type Cause, fieldConflicts } from '../http/status.ts'
import {
  decode,
  dotted,
  encode,
  type FieldSet,
  fieldsIn,
  keyedItems,
  type Path,
  setOf,
  valueAt,
  without,
} from './fields.ts'

export interface Manager {
  readonly manager: string
  readonly apiVersion: string
  /** RFC 3339. */
  readonly time: string
}

interface Entry {
  readonly manager: string
  readonly operation: ManagedFields['operation']
  readonly apiVersion: string
  readonly time: string
  readonly fields: FieldSet
}

/** What a plain change from `before` to `after` leaves of everyone's fields; the changed ones become the changer's. */
export function afterUpdate(before: KubeObject | undefined, after: unknown, who: Manager): ManagedFields[] {
  const entries = entriesOf(before)
  const now = fieldsIn(after)
  const changed = setOf([...now.values()].filter((path) => !isSame(valueAt(before, path), valueAt(after, path))))
  const gone = [...fieldsIn(before).values()].filter((path) => valueAt(after, path) === undefined)
  if (changed.size === 0 && gone.length === 0) return encodeAll(entries)
  const taken = setOf([...withoutItems(changed, before), ...gone])
  const isChanger = (entry: Entry) => entry.manager === who.manager && entry.operation === 'Update'
  const own = entries.find(isChanger)?.fields ?? new Map()
  const others = entries.filter((entry) => !isChanger(entry)).map((entry) => lessen(entry, taken))
  const fields = subtract(new Map([...own, ...changed]), setOf(gone))
  return encodeAll([...others, { ...who, operation: 'Update', fields }])
}

/** An item of a keyed list that was there before changes hands in its fields, not as a whole. */
function withoutItems(changed: FieldSet, before: unknown): Path[] {
  return [...changed.values()].filter((path) => !path.at(-1)?.startsWith('k:') || valueAt(before, path) === undefined)
}

export interface Applied {
  readonly object: unknown
  readonly managedFields: readonly ManagedFields[]
}

/** Server-side apply of `wanted` on `live`. Throws 409 with every conflict unless forced. */
export function applyFields(live: KubeObject | undefined, wanted: unknown, who: Manager, force: boolean): Applied {
  const entries = entriesOf(live)
  const isApplier = (entry: Entry) => entry.manager === who.manager && entry.operation === 'Apply'
  const others = entries.filter((entry) => !isApplier(entry))
  const own = entries.find(isApplier)
  const fields = fieldsIn(wanted)
  const contested = others.flatMap((entry) => conflictsWith(entry, live, wanted, fields))
  if (contested.length > 0 && !force) throw fieldConflicts(contested.map(({ cause }) => cause))

  const left = others.map((entry) => lessen(entry, setOf(contested.map(({ path }) => path))))
  const dropped = subtract(own?.fields ?? new Map(), fields)
  const orphaned = [...dropped.values()].filter((path) => !left.some((entry) => ownsAny(entry.fields, path)))
  const merged = orphaned.reduce((object, path) => without(object, path) ?? {}, mergeApplied(live, wanted, ''))
  const same = own !== undefined && isSame(encode(own.fields), encode(fields)) && isSame(merged, live)
  const time = same ? own.time : who.time
  return { object: merged, managedFields: encodeAll([...left, { ...who, time, operation: 'Apply', fields }]) }
}

interface Contested {
  readonly path: Path
  readonly cause: Cause
}

function conflictsWith(entry: Entry, live: unknown, wanted: unknown, fields: FieldSet): Contested[] {
  const both = [...fields].filter(([text, path]) => entry.fields.has(text) && !path.at(-1)?.startsWith('k:'))
  return both
    .filter(([, path]) => !isSame(valueAt(live, path), valueAt(wanted, path)))
    .map(([, path]) => {
      const message = `conflict with "${entry.manager}" using ${entry.apiVersion}`
      return { path, cause: { reason: 'FieldManagerConflict', message, field: dotted(path) } }
    })
}

/** True when the set has the path or anything below it. */
function ownsAny(set: FieldSet, path: Path): boolean {
  const owns = (one: Path) => path.every((step, index) => one[index] === step)
  return [...set.values()].some(owns)
}

function mergeApplied(live: unknown, wanted: unknown, field: string): unknown {
  const standing = keyedItems(field, live)
  const items = keyedItems(field, wanted)
  if (items !== undefined && standing !== undefined) {
    const kept = new Map([...standing].map(([step, item]) => [step, mergeApplied(item, items.get(step) ?? {}, '')]))
    for (const [step, item] of items) if (!kept.has(step)) kept.set(step, item)
    return [...kept.values()]
  }
  if (!isObject(wanted) || !isObject(live)) return wanted
  const merged = { ...live }
  for (const [name, value] of Object.entries(wanted)) merged[name] = mergeApplied(live[name], value, name)
  return merged
}

function entriesOf(object: KubeObject | undefined): Entry[] {
  return (object?.metadata.managedFields ?? []).map(({ fieldsV1, fieldsType: _, ...entry }) => ({
    ...entry,
    fields: decode(fieldsV1),
  }))
}

function encodeAll(entries: readonly Entry[]): ManagedFields[] {
  return entries
    .filter((entry) => entry.fields.size > 0)
    .sort(byOperationTimeAndName)
    .map(({ fields, ...entry }) => ({ ...entry, fieldsType: 'FieldsV1', fieldsV1: encode(fields) }))
}

/** As a server keeps them: appliers first, the oldest first. */
function byOperationTimeAndName(a: Entry, b: Entry): number {
  return a.operation.localeCompare(b.operation) || a.time.localeCompare(b.time) || a.manager.localeCompare(b.manager)
}

function lessen(entry: Entry, taken: FieldSet): Entry {
  return { ...entry, fields: subtract(entry.fields, taken) }
}

function subtract(set: FieldSet, taken: FieldSet): FieldSet {
  return new Map([...set].filter(([text]) => !taken.has(text)))
}
