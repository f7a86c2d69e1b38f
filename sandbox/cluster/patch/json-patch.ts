/** JSON patch, RFC 6902. */
import * as z from 'zod'
import { isObject, isSame, type Json } from '../api/objects.ts'
import { badRequest, type Refused, refused } from '../http/status.ts'

const pointer = z.string().regex(/^(\/.*)?$/s)
const operation = z.discriminatedUnion('op', [
  z.object({ op: z.literal('add'), path: pointer, value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: pointer }),
  z.object({ op: z.literal('replace'), path: pointer, value: z.unknown() }),
  z.object({ op: z.literal('move'), path: pointer, from: pointer }),
  z.object({ op: z.literal('copy'), path: pointer, from: pointer }),
  z.object({ op: z.literal('test'), path: pointer, value: z.unknown() }),
])
type Operation = z.infer<typeof operation>

/** The patched value; the given one is left as it is. Throws 400 for what is no patch, 422 for one that does not fit. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  const read = z.array(operation).safeParse(patch)
  if (!read.success) throw badRequest('error decoding patch: it is no list of JSON patch operations')
  return read.data.reduce(perform, structuredClone(target))
}

function perform(target: unknown, change: Operation): unknown {
  switch (change.op) {
    case 'add':
      return insert(target, change.path, change.value)
    case 'remove':
      return take(target, change.path)
    case 'replace':
      return replace(target, change.path, change.value)
    case 'copy':
      return insert(target, change.path, structuredClone(read(target, change.from)))
    case 'move': {
      const moved = read(target, change.from)
      return insert(take(target, change.from), change.path, moved)
    }
    case 'test':
      if (!isSame(read(target, change.path), change.value)) throw misfit(change.path, 'test failed')
      return target
  }
}

function insert(target: unknown, path: string, value: unknown): unknown {
  const { holder, last } = locate(target, path)
  if (holder === undefined) return value
  if (Array.isArray(holder)) holder.splice(last === '-' ? holder.length : indexIn(holder, last, 0, path), 0, value)
  else define(holder, last, value)
  return target
}

function take(target: unknown, path: string): unknown {
  const { holder, last } = locate(target, path)
  if (holder === undefined) return null
  if (Array.isArray(holder)) holder.splice(indexIn(holder, last, 1, path), 1)
  else if (Object.hasOwn(holder, last)) delete holder[last]
  else throw misfit(path, 'there is nothing')
  return target
}

function replace(target: unknown, path: string, value: unknown): unknown {
  const { holder, last } = locate(target, path)
  if (holder === undefined) return value
  read(target, path)
  if (Array.isArray(holder)) holder[indexIn(holder, last, 1, path)] = value
  else define(holder, last, value)
  return target
}

function read(target: unknown, path: string): unknown {
  return keysOf(path).reduce((inner: unknown, key) => {
    if (Array.isArray(inner)) return inner[indexIn(inner, key, 1, path)]
    if (isObject(inner) && Object.hasOwn(inner, key)) return inner[key]
    throw misfit(path, 'there is nothing')
  }, target)
}

interface Place {
  /** Undefined for the root. */
  readonly holder: unknown[] | Json | undefined
  readonly last: string
}

function locate(target: unknown, path: string): Place {
  const keys = keysOf(path)
  const last = keys.pop()
  if (last === undefined) return { holder: undefined, last: '' }
  const holder = read(target, keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''))
  if (Array.isArray(holder) || isObject(holder)) return { holder, last }
  throw misfit(path, 'there is nothing to hold it')
}

function keysOf(path: string): string[] {
  const keys = path.split('/').slice(1)
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `beyond` is 0 where the end of the list is a place too. */
function indexIn(list: readonly unknown[], key: string, beyond: 0 | 1, path: string): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1
  if (index < 0 || index > list.length - beyond) throw misfit(path, 'there is no such item')
  return index
}

function define(target: Json, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

function misfit(path: string, why: string): Refused {
  return refused(422, `the server rejected our request due to an error in our request: ${path || 'root'}: ${why}`)
}
