/** The fields of every Kubernetes type, read from the official client's own description of them. */
import * as client from '@kubernetes/client-node'
import { isObject, type Json } from '../api/objects.ts'

export type FieldType =
  | { readonly kind: 'scalar'; readonly name: string; readonly format: string }
  | { readonly kind: 'object'; readonly type: string }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'map'; readonly of: FieldType }
  | { readonly kind: 'any' }

interface Attribute {
  readonly baseName: string
  readonly type: string
  readonly format: string
}

const known = new Map<string, ReadonlyMap<string, FieldType> | undefined>()

/** Undefined when there is no such type, or it has no fields of its own (a quantity, a time). */
export function fieldsOf(type: string): ReadonlyMap<string, FieldType> | undefined {
  if (!known.has(type)) known.set(type, describe(type))
  return known.get(type)
}

function describe(type: string): ReadonlyMap<string, FieldType> | undefined {
  const model: unknown = Reflect.get(client, type)
  if (typeof model !== 'function' || !('attributeTypeMap' in model)) return undefined
  const attributes = model.attributeTypeMap as readonly Attribute[]
  return new Map(attributes.map(({ baseName, type: text, format }) => [baseName, readType(text, format)]))
}

/** `Array<T>`, `{ [key: string]: T; }`, the name of a type, or of a scalar. */
function readType(text: string, format: string): FieldType {
  const [, item] = /^Array<(.+)>$/.exec(text) ?? []
  if (item !== undefined) return { kind: 'list', of: readType(item, format) }
  const [, value] = /^\{ \[key: string\]: (.+?);? \}$/.exec(text) ?? []
  if (value !== undefined) return { kind: 'map', of: readType(value, format) }
  if (text === 'any' || text === 'object') return { kind: 'any' }
  return fieldsOf(text) === undefined ? { kind: 'scalar', name: text, format } : { kind: 'object', type: text }
}

export interface Pruned {
  readonly value: unknown
  /** Dotted paths of fields the type does not have. */
  readonly unknown: readonly string[]
}

/** The value without what its type does not know, and without nulls, which Kubernetes takes for absent. */
export function prune(type: FieldType, value: unknown, path = ''): Pruned {
  if (Array.isArray(value) && type.kind === 'list') {
    const items = value.map((item, index) => prune(type.of, item, `${path}[${index}]`))
    return { value: items.map((item) => item.value), unknown: items.flatMap((item) => item.unknown) }
  }
  return isObject(value) && type.kind !== 'any' ? pruneObject(type, value, path) : { value, unknown: [] }
}

function pruneObject(type: FieldType, value: Json, path: string): Pruned {
  const kept: Json = {}
  const unknown: string[] = []
  for (const [name, inner] of Object.entries(value)) {
    const below = path === '' ? name : `${path}.${name}`
    const field = memberOf(type, name)
    if (field === undefined) unknown.push(below)
    else if (inner !== null && inner !== undefined) {
      const pruned = prune(field, inner, below)
      kept[name] = pruned.value
      unknown.push(...pruned.unknown)
    }
  }
  return { value: kept, unknown }
}

function memberOf(type: FieldType, name: string): FieldType | undefined {
  if (type.kind === 'map') return type.of
  return type.kind === 'object' ? fieldsOf(type.type)?.get(name) : { kind: 'any' }
}
