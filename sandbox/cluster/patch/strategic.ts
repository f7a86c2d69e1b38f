/** Strategic merge patch: a merge patch that knows which lists are maps in disguise, with the directives kubectl sends. */
import { isObject, isSame, type Json } from '../api/objects.ts'
import { listRule } from '../schema/lists.ts'

const ORDER = '$setElementOrder/'
const DELETE_ITEMS = '$deleteFromPrimitiveList/'
/** Lists of plain values that are sets. */
const SETS = ['finalizers']

/** The patched object; the given one is left as it is. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  return isObject(patch) ? mergeObjects(isObject(target) ? target : {}, patch) : patch
}

function mergeObjects(target: Json, patch: Json): Json {
  const { $patch: directive, $retainKeys: retained, ...changes } = patch
  if (directive === 'delete') return {}
  if (directive === 'replace') return withoutDirectives(changes)
  const merged: Json = { ...target }
  for (const [key, value] of Object.entries(changes)) {
    if (key.startsWith('$')) continue
    if (value === null || (isObject(value) && value['$patch'] === 'delete')) delete merged[key]
    else merged[key] = mergeField(key, merged[key], value)
  }
  for (const [key, value] of Object.entries(changes)) applyToList(merged, key, value)
  if (!Array.isArray(retained)) return merged
  return Object.fromEntries(Object.entries(merged).filter(([key]) => retained.includes(key)))
}

function mergeField(key: string, target: unknown, patch: unknown): unknown {
  if (isObject(patch)) return mergeObjects(isObject(target) ? target : {}, patch)
  if (!Array.isArray(patch)) return patch
  const standing = Array.isArray(target) ? target : []
  if (SETS.includes(key)) return [...new Set([...standing, ...patch])]
  const mergeKey = listRule(key)?.mergeKey
  return mergeKey === undefined ? patch : mergeLists(mergeKey, standing, patch)
}

function mergeLists(mergeKey: string, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const replaces = patch.some((item) => isObject(item) && item['$patch'] === 'replace')
  const merged: unknown[] = replaces ? [] : [...target]
  for (const item of patch) {
    if (!isObject(item) || item['$patch'] === 'replace') continue
    const index = merged.findIndex((one) => isObject(one) && isSame(one[mergeKey], item[mergeKey]))
    const standing = merged[index]
    if (item['$patch'] === 'delete') merged.splice(index, index < 0 ? 0 : 1)
    else if (isObject(standing)) merged[index] = mergeObjects(standing, item)
    else merged.push(mergeObjects({}, item))
  }
  return merged
}

/** `$setElementOrder/x` and `$deleteFromPrimitiveList/x`, said beside the list `x`. */
function applyToList(merged: Json, directive: string, value: unknown): void {
  if (!Array.isArray(value)) return
  const deletes = directive.startsWith(DELETE_ITEMS)
  if (!deletes && !directive.startsWith(ORDER)) return
  const field = directive.slice(directive.indexOf('/') + 1)
  const list = merged[field]
  if (!Array.isArray(list)) return
  merged[field] = deletes ? list.filter((item) => !value.includes(item)) : ordered(field, list, value)
}

/** Items that the order names come in that order; the others stay behind the item they followed. */
function ordered(field: string, list: readonly unknown[], order: readonly unknown[]): unknown[] {
  const mergeKey = listRule(field)?.mergeKey
  const idOf = (item: unknown) => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item)
  const ids = order.map(idOf)
  const place = (item: unknown) => ids.findIndex((id) => isSame(id, idOf(item)))
  const named = list.filter((item) => place(item) >= 0).sort((a, b) => place(a) - place(b))
  const queue = [...named]
  return list.map((item) => (place(item) >= 0 ? queue.shift() : item))
}

function withoutDirectives(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('$')))
}
