/** Kubernetes manifests, validated offline by the official schemas and by rules that no schema states. */
import type { Document } from './documents.ts'
import { KINDS, servedElsewhere } from './kinds.ts'
import { brokenRules } from './manifest-rules.ts'
import { at, isObject, type Json } from './objects.ts'
import { withoutPlaceholders } from './placeholders.ts'
import { watched } from './unknown-fields.ts'

/** A class of kubernetes-models: its validation throws when the object it is called on breaks the schema. */
interface Model {
  readonly prototype: { readonly validate: () => void }
}

/** The schemas that were loaded, by `apiVersion/kind`. */
export type Schemas = ReadonlyMap<string, Model>

export interface Verdict {
  /** `partial`: valid but for values that are filled in later. */
  readonly kind: 'valid' | 'invalid' | 'unknown' | 'partial'
  readonly faults: readonly string[]
}

/** The manifest's `apiVersion/kind`; undefined for other values. */
export function kindOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  const { apiVersion, kind } = value
  return typeof apiVersion === 'string' && typeof kind === 'string' ? `${apiVersion}/${kind}` : undefined
}

/** The document itself, or the items when it is a List. */
export function unlisted(document: Document): readonly Document[] {
  const { line, value } = document
  const items = at(value, 'items')
  return kindOf(value) === 'v1/List' && Array.isArray(items)
    ? items.map((item: unknown) => ({ line, value: item }))
    : [document]
}

/** Loads the schemas of these kinds; those that there is none for are missing. */
export async function schemasFor(keys: Iterable<string>): Promise<Schemas> {
  const known = [...new Set(keys)].filter((key) => Object.hasOwn(KINDS, key))
  const loaded = await Promise.all(known.map(async (key) => [key, modelOf(key, await KINDS[key]?.())] as const))
  return new Map(loaded.flatMap(([key, model]) => (model === undefined ? [] : [[key, model] as const])))
}

function modelOf(key: string, module: object | undefined): Model | undefined {
  const name = key.split('/').at(-1)
  const found = Object.entries(module ?? {}).find(([exported]) => exported === name)
  return found?.[1] as Model | undefined
}

/** True of a strategic merge patch, as kustomize takes it: part of a manifest, to be laid over another. */
export function isPatch(value: unknown, comment = ''): boolean {
  return hasDirective(value) || /\b(?:patch(?:es)?|overlays?)\b/i.test(comment)
}

/** `$patch: delete` and its like stand in patches alone. */
function hasDirective(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasDirective)
  if (!isObject(value)) return false
  return Object.entries(value).some(([key, inner]) => DIRECTIVE.test(key) || hasDirective(inner))
}

const DIRECTIVE = /^\$(?:patch|retainKeys|deleteFromPrimitiveList|setElementOrder)\b/

/** A patch is judged by its types and the names of its fields alone: what it lacks is in the manifest below it. */
export function judgePatch(schemas: Schemas, patch: Json): Verdict {
  const model = schemas.get(`${patch['apiVersion']}/${patch['kind']}`)
  if (model === undefined) return { kind: 'unknown', faults: [] }
  const all = schemaFaults(model, patch, ({ keyword }) => keyword !== 'required')
  const own = all.filter((fault) => !DIRECTIVE.test(fault.replace(/^.*\./, '')))
  const faults = withoutPlaceholders(patch, own)
  return { kind: faults.length === 0 ? 'valid' : 'invalid', faults }
}

export function judgeManifest(schemas: Schemas, manifest: Json): Verdict {
  const apiVersion = String(manifest['apiVersion'])
  const kind = String(manifest['kind'])
  const model = schemas.get(`${apiVersion}/${kind}`)
  if (model === undefined) return judgeUnknown(apiVersion, kind)
  const all = [...schemaFaults(model, manifest), ...brokenRules(manifest)]
  const faults = withoutPlaceholders(manifest, all)
  if (faults.length > 0) return { kind: 'invalid', faults }
  return { kind: all.length === 0 ? 'valid' : 'partial', faults }
}

function judgeUnknown(apiVersion: string, kind: string): Verdict {
  const places = servedElsewhere(apiVersion, kind)
  if (places === undefined) return { kind: 'unknown', faults: [] }
  return { kind: 'invalid', faults: [`apiVersion: Kubernetes serves ${kind} as ${places.join(' and ')}`] }
}

interface SchemaError {
  readonly keyword?: string
  readonly instancePath: string
  readonly message?: string
}

function schemaFaults(
  model: Model,
  manifest: Json,
  counts: (error: SchemaError) => boolean = () => true,
): readonly string[] {
  const seen = watched(manifest)
  const unknown = () => seen.unread().map((path) => `${path}: unknown field`)
  try {
    // On the value itself: an instance of the class takes over its properties, `validate` among them.
    model.prototype.validate.call(seen.manifest)
    return unknown()
  } catch (error) {
    const errors = error instanceof Error && 'errors' in error ? (error.errors as readonly SchemaError[]) : []
    if (errors.length === 0) throw error
    return [
      ...errors.filter(counts).map(({ instancePath, message = 'is wrong' }) => `${dotted(instancePath)}${message}`),
      ...unknown(),
    ]
  }
}

function dotted(pointer: string): string {
  const path = pointer
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
  return path === '' ? '' : `${path}: `
}
