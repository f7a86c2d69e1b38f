/**
 * Sets of fields, as managed fields record them: a path is a list of steps, `f:<name>` into an object and
 * `k:{"name":"x"}` to the item of a list whose items have keys, `v:"x"` to the item of a list that is a set.
 */
import { isObject, type Json } from '../api/objects.ts'
import { isSet, keyOf, listRule } from '../schema/lists.ts'

export type Step = string
export type Path = readonly Step[]
/** Paths by their text. */
export type FieldSet = ReadonlyMap<string, Path>

/** What nobody manages: it identifies the object, or the server keeps it. */
const UNMANAGED = [
  ['apiVersion'],
  ['kind'],
  ['status'],
  ...[
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'managedFields',
    'selfLink',
  ].map((field) => ['metadata', field]),
].map((names) => textOf(names.map((name) => `f:${name}`)))

function textOf(path: Path): string {
  return JSON.stringify(path)
}

export function setOf(paths: Iterable<Path>): FieldSet {
  return new Map(Array.from(paths, (path) => [textOf(path), path]))
}

/** Every leaf of an object, and every item of a list whose items have keys. */
export function fieldsIn(object: unknown): FieldSet {
  return setOf(leaves(object, [], ''))
}

function* leaves(value: unknown, path: Path, field: string): Generator<Path> {
  if (UNMANAGED.includes(textOf(path))) return
  const items = keyedItems(field, value)
  if (items !== undefined) {
    yield* leavesOfItems(items, path, field)
    return
  }
  if (isSet(field) && Array.isArray(value)) {
    for (const item of value) yield [...path, `v:${JSON.stringify(item)}`]
    return
  }
  const isEmpty = isObject(value) && Object.keys(value).length === 0
  // Every template has metadata, whether somebody writes it or not.
  if (isEmpty && field === 'metadata') return
  if (isObject(value) && !isEmpty) {
    for (const [name, inner] of Object.entries(value)) yield* leaves(inner, [...path, `f:${name}`], name)
    return
  }
  if (path.length > 0) yield path
}

function* leavesOfItems(items: ReadonlyMap<Step, Json>, path: Path, field: string): Generator<Path> {
  for (const [step, item] of items) {
    yield [...path, step]
    if (!listRule(field)?.atomic) yield* leaves(item, [...path, step], '')
  }
}

/** A list's items by their step; undefined when the list has no keys, or an item lacks one. */
export function keyedItems(field: string, value: unknown): Map<Step, Json> | undefined {
  const rule = listRule(field)
  if (rule === undefined || !Array.isArray(value)) return undefined
  const items = new Map<Step, Json>()
  for (const item of value) {
    if (!isObject(item) || keyOf(item, rule.mergeKey) === undefined) return undefined
    items.set(stepTo(rule.keys, item), item)
  }
  return items
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function stepTo(keys: readonly string[], item: Json): Step {
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, keyOf(item, key)])))}`
}

/** What is at the path; undefined when nothing is. */
export function valueAt(object: unknown, path: Path): unknown {
  let value = object
  let field = ''
  for (const step of path) {
    if (step.startsWith('k:')) value = keyedItems(field, value)?.get(step)
    else if (step.startsWith('v:')) value = itemsOf(value).find((item) => step === `v:${JSON.stringify(item)}`)
    else {
      field = step.slice(2)
      value = isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined
    }
    if (value === undefined) return undefined
  }
  return value
}

/** The object without what is at the path, and without objects and lists that this leaves empty. */
export function without(object: unknown, path: Path, field = ''): unknown {
  const [step, ...rest] = path
  if (step === undefined) return undefined
  if (step.startsWith('k:')) {
    const items = [...(keyedItems(field, object) ?? [])]
    const kept = items.flatMap(([key, item]) => (key === step ? (without(item, rest) ?? []) : item))
    return kept.length === 0 ? undefined : kept
  }
  if (step.startsWith('v:')) {
    const kept = itemsOf(object).filter((item) => step !== `v:${JSON.stringify(item)}`)
    return kept.length === 0 ? undefined : kept
  }
  const name = step.slice(2)
  if (!isObject(object) || !Object.hasOwn(object, name)) return object
  const { [name]: inner, ...others } = object
  const left = without(inner, rest, name)
  if (left !== undefined) return { ...object, [name]: left }
  return Object.keys(others).length === 0 ? undefined : others
}

/** As managed fields hold it: nested, `.` marking an item itself. */
export function encode(set: FieldSet): Json {
  const root: Json = {}
  for (const path of set.values()) {
    let node = root
    for (const step of path) {
      const below = node[step]
      const next: Json = isObject(below) ? below : {}
      node[step] = next
      node = next
    }
    if (path.at(-1)?.startsWith('k:')) node['.'] = {}
  }
  return root
}

export function decode(fields: Json): FieldSet {
  return setOf(decodeAt(fields, []))
}

function* decodeAt(fields: Json, path: Path): Generator<Path> {
  const steps = Object.entries(fields)
  if (steps.length === 0 && path.length > 0) yield path
  for (const [step, below] of steps) {
    if (step === '.') yield path
    else if (isObject(below)) yield* decodeAt(below, [...path, step])
  }
}

/** `.spec.template.containers[name="x"].image`, as messages name it. */
export function dotted(path: Path): string {
  return path
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`
      const keys = Object.entries(JSON.parse(step.slice(2)) as Json)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}
