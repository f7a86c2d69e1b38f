/** Creating and changing objects: what comes in is completed, checked and signed before it is kept. */
import { systemIds } from '#lib/ids'
import { alreadyExists, badRequest, conflict, notFound, terminatingNamespace } from '../http/status.ts'
import { afterUpdate, type Manager } from '../patch/managers.ts'
import { prune } from '../schema/types.ts'
import { kubeTime } from '../view/time.ts'
import type { World } from '../world.ts'
import { withDefaults } from './defaults.ts'
import { type Draft, isSame, type Json, type KubeObject, type ManagedFields, readDraft } from './objects.ts'
import { keyOf, type Target, typeMeta } from './request.ts'
import { groupVersion, NAMESPACES, type Resource } from './resources.ts'
import { validate } from './validate.ts'

export interface WriteOptions {
  readonly manager: string
  readonly dryRun: boolean
  /** What becomes of fields the type does not have: refuse them, say so, or drop them silently. */
  readonly unknownFields: 'Strict' | 'Warn' | 'Ignore'
}

export interface Written {
  readonly object: KubeObject
  readonly warnings: readonly string[]
}

/** Random characters at the end of a generated name. */
const SUFFIX = 5

/** Throws 404 for a missing namespace, 409 for a name that is taken, 400 and 422 for a wrong object. */
export function create(world: World, target: Target, body: unknown, options: WriteOptions): Written {
  const draft = named(readDraft(body))
  const object = prepare(target, draft, options)
  const managed = afterUpdate(undefined, object.value, managerOf(world, target.resource, options))
  return insert(world, target, object, { managed, options })
}

export interface Prepared {
  readonly value: Json
  readonly draft: Draft
  readonly warnings: readonly string[]
}

/** The object as it may be kept: of the right type, without unknown fields, with defaults, valid. */
export function prepare({ resource, namespace }: Target, draft: Draft, options: WriteOptions): Prepared {
  const meta = typeMeta(resource)
  if ((draft.apiVersion ?? meta.apiVersion) !== meta.apiVersion || (draft.kind ?? meta.kind) !== meta.kind) {
    throw badRequest(`the API version in the data (${draft.apiVersion}, ${draft.kind}) does not match the expected one`)
  }
  if ((draft.metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const { value, unknown } = prune({ kind: 'object', type: resource.type }, { ...draft, ...meta })
  if (unknown.length > 0 && options.unknownFields === 'Strict') {
    const list = unknown.map((path) => `unknown field "${path}"`).join(', ')
    throw badRequest(
      `${meta.kind} in version "${resource.version}" cannot be handled as a ${meta.kind}: strict decoding error: ${list}`,
    )
  }
  const filled = withDefaults(resource, value as Json)
  validate(resource, filled)
  const warnings = options.unknownFields === 'Warn' ? unknown.map((path) => `unknown field "${path}"`) : []
  return { value: filled, draft, warnings }
}

/** Keeps a new object. */
export function insert(
  world: World,
  target: Target,
  { value, draft, warnings }: Prepared,
  { managed, options }: { readonly managed: readonly ManagedFields[]; readonly options: WriteOptions },
): Written {
  const { resource } = target
  const name = draft.metadata.name ?? ''
  const key = keyOf({ ...target, name })
  requireNamespace(world, target, name)
  const taken = world.store.get(key)
  if (taken !== undefined) throw alreadyExists(resource, name, isTerminating(taken))
  const count = world.store.list(resource, target.namespace).length
  const admitted = world.admission.admit(value, { resource, name, isNew: true, count })
  const metadata = {
    ...(admitted['metadata'] as Json),
    name,
    ...(target.namespace !== undefined && { namespace: target.namespace }),
    uid: systemIds.uuid(),
    resourceVersion: '',
    creationTimestamp: kubeTime(world.clock.now()),
    generation: 1,
    managedFields: managed,
  }
  const object: KubeObject = {
    ...admitted,
    ...typeMeta(resource),
    metadata,
    ...(resource.hasStatus && { status: {} }),
  }
  return { object: commit(world, key, object, options), warnings }
}

/** Changes a standing object into `body`, keeping what only the server may set. Throws 409 when it has moved on. */
export function update(
  world: World,
  target: Target,
  standing: KubeObject,
  { body, options }: { readonly body: unknown; readonly options: WriteOptions },
): Written {
  const draft = readDraft(body)
  requireSame(target, standing, draft)
  const { resource } = target
  if (target.subresource === 'status') {
    const status = { ...standing, status: draft['status'] ?? {} }
    return { object: replace(world, target, standing, { object: status, options }), warnings: [] }
  }
  const prepared = prepare(target, draft, options)
  const managedFields = afterUpdate(standing, prepared.value, managerOf(world, resource, options))
  const object = merged(standing, prepared.value, managedFields, resource)
  return { object: replace(world, target, standing, { object, options }), warnings: prepared.warnings }
}

/** The new object with the old one's identity, and its status where that has a path of its own. */
export function merged(
  standing: KubeObject,
  value: Json,
  managedFields: readonly ManagedFields[],
  resource: Resource,
): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation = 1 } = standing.metadata
  const { deletionTimestamp, deletionGracePeriodSeconds } = standing.metadata
  const identity = {
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(deletionTimestamp !== undefined && { deletionTimestamp, deletionGracePeriodSeconds }),
  }
  const metadata = { ...(value['metadata'] as Json), ...identity, generation, managedFields }
  const status = resource.hasStatus ? { status: standing['status'] ?? {} } : {}
  return { ...value, ...typeMeta(resource), ...status, metadata }
}

/**
 * Keeps a changed object; one that is the same keeps its resource version, too. One that terminates is gone with its last
 * finalizer.
 */
export function replace(
  world: World,
  target: Target,
  standing: KubeObject,
  { object: changed, options }: { readonly object: KubeObject; readonly options: WriteOptions },
): KubeObject {
  const { name } = standing.metadata
  const admitted =
    target.subresource === 'status'
      ? changed
      : world.admission.admit(changed, { resource: target.resource, name, isNew: false, count: 0 })
  const object = admitted as KubeObject
  if (isTerminating(object) && !object.metadata.finalizers?.length) {
    if (!options.dryRun) world.store.commit([{ key: keyOf(target), object: null }])
    return object
  }
  if (isSame(object, standing)) return standing
  const { generation = 1 } = standing.metadata
  const next = isSame(object['spec'], standing['spec']) ? generation : generation + 1
  const counted = { ...object, metadata: { ...object.metadata, generation: next } }
  return commit(world, keyOf(target), counted, options)
}

export function managerOf(world: World, resource: Resource, { manager }: WriteOptions): Manager {
  return { manager, apiVersion: groupVersion(resource), time: kubeTime(world.clock.now()) }
}

/** Throws 409 when the object in hand is not the one that is meant. */
export function requireSame({ resource }: Target, standing: KubeObject, { metadata }: Draft): void {
  const { name, uid, resourceVersion } = standing.metadata
  if ((metadata.name ?? name) !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  if (metadata.uid && metadata.uid !== uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
    )
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again'
    throw conflict(resource, name, why)
  }
}

/** True while it waits for its finalizers. */
function isTerminating({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** Nothing is made in a namespace that is not there, or that is going. */
function requireNamespace({ store }: World, { resource, namespace }: Target, name: string): void {
  if (namespace === undefined) return
  const found = store.get({ resource: NAMESPACES, namespace: '', name: namespace })
  if (found === undefined) throw notFound(NAMESPACES, namespace)
  if (isTerminating(found)) throw terminatingNamespace(resource, name, namespace)
}

function commit(world: World, key: ReturnType<typeof keyOf>, object: KubeObject, { dryRun }: WriteOptions): KubeObject {
  if (dryRun) return object
  return world.store.commit([{ key, object }])[0] ?? object
}

function named(draft: Draft): Draft {
  const { name, generateName } = draft.metadata
  if (name !== undefined || generateName === undefined) return draft
  const suffix = systemIds.uuid().slice(0, SUFFIX)
  return { ...draft, metadata: { ...draft.metadata, name: `${generateName}${suffix}` } }
}
