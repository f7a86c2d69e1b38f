/**
 * Fields that no schema knows, as the API server's strict decoding names them. The official validators are compiled code
 * and let such fields pass; but they read every field that their schema declares, and nothing else. So the manifest is
 * handed to them behind proxies that note what is read: what nobody read is unknown. A map (labels, data) is walked, so
 * that all of its keys are read; a part without declared fields (any JSON) is not read at all and left alone.
 */
import { isObject, type Json } from './objects.ts'

/** Kubernetes' own words in the schemas of CustomResourceDefinitions; the validators' schemas have none of them. */
const EXTENSIONS: ReadonlySet<string> = new Set(
  [
    'embedded-resource',
    'int-or-string',
    'list-map-keys',
    'list-type',
    'map-type',
    'preserve-unknown-fields',
    'validations',
  ].map((name) => `x-kubernetes-${name}`),
)

interface Seen {
  readonly read: Set<string>
  /** True when all keys were listed: a map. */
  walked: boolean
}

export interface Watched {
  /** The manifest, to be handed to a validator. */
  readonly manifest: Json
  /** Paths of the fields that were not read, e.g. `spec.template.spec.containers[0].imagePullPolice`. */
  unread(): readonly string[]
}

export function watched(manifest: Json): Watched {
  const seen = new Map<object, Seen>()
  const proxies = new Map<object, object>()
  const behind = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const known = proxies.get(value)
    if (known !== undefined) return known
    const note: Seen = { read: new Set(), walked: false }
    seen.set(value, note)
    const proxy = new Proxy(value, {
      get(target, key) {
        if (typeof key === 'string') note.read.add(key)
        return behind(Reflect.get(target, key))
      },
      ownKeys(target) {
        note.walked = true
        return Reflect.ownKeys(target)
      },
    })
    proxies.set(value, proxy)
    return proxy
  }
  return { manifest: behind(manifest) as Json, unread: () => [...unreadIn(manifest, '', seen)] }
}

type Notes = ReadonlyMap<object, Seen>

function* unreadIn(value: unknown, path: string, notes: Notes): Generator<string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* unreadIn(item, `${path}[${index}]`, notes)
  } else if (isObject(value)) yield* unreadMembers(value, path, notes)
}

function* unreadMembers(value: Json, path: string, notes: Notes): Generator<string> {
  const note = notes.get(value)
  // A part that no field was read of takes any JSON.
  if (note === undefined || (!note.walked && note.read.size === 0)) return
  for (const [key, inner] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`
    if (note.walked || note.read.has(key)) yield* unreadIn(inner, place, notes)
    else if (!(EXTENSIONS.has(key) && path.includes('openAPIV3Schema'))) yield place
  }
}
