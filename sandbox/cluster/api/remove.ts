/** Deleting objects, and with them what they own. */
import * as z from 'zod'
import { badRequest, conflict, notFound, type Status, success } from '../http/status.ts'
import type { Key, Write } from '../state/store.ts'
import { kubeTime } from '../view/time.ts'
import type { World } from '../world.ts'
import type { KubeObject } from './objects.ts'
import { keyOf, type Target } from './request.ts'
import { NAMESPACES, RESOURCES } from './resources.ts'

const deleteOptions = z.looseObject({
  preconditions: z.object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  propagationPolicy: z.enum(['Orphan', 'Background', 'Foreground']).nullish(),
  dryRun: z.array(z.string()).nullish(),
})
export type DeleteOptions = z.infer<typeof deleteOptions>

export function readDeleteOptions(body: unknown): DeleteOptions {
  const read = deleteOptions.safeParse(body ?? {})
  if (!read.success) throw badRequest('the DeleteOptions cannot be read')
  return read.data
}

/** Answers the object while finalizers hold it. Throws 404 when there is nothing, 409 when it is not what the preconditions say. */
export function remove(world: World, target: Target, options: DeleteOptions): Status | KubeObject {
  const key = keyOf(target)
  const standing = world.store.get(key)
  const name = target.name ?? ''
  if (standing === undefined) throw notFound(target.resource, name)
  const { uid, resourceVersion } = options.preconditions ?? {}
  if (uid && uid !== standing.metadata.uid) {
    const found = standing.metadata.uid
    throw conflict(
      target.resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`,
    )
  }
  if (resourceVersion && resourceVersion !== standing.metadata.resourceVersion) {
    throw conflict(target.resource, name, 'Precondition failed: the resource version is another')
  }
  const isRehearsal = Boolean(options.dryRun?.length)
  if (standing.metadata.finalizers?.length) return terminate(world, key, standing, isRehearsal)
  if (!isRehearsal) world.store.commit(withDependents(world, key, standing, options.propagationPolicy === 'Orphan'))
  return success(target.resource, name, standing.metadata.uid)
}

/** Marks it as going; whoever set a finalizer takes it away when he is done. */
function terminate(world: World, key: Key, standing: KubeObject, isRehearsal: boolean): KubeObject {
  if (standing.metadata.deletionTimestamp !== undefined) return standing
  const object = going(world, standing)
  return isRehearsal ? object : (world.store.commit([{ key, object }])[0] ?? object)
}

function going({ clock }: World, { metadata, ...object }: KubeObject): KubeObject {
  const { generation = 1, deletionTimestamp = kubeTime(clock.now()) } = metadata
  const marks = { deletionTimestamp, deletionGracePeriodSeconds: 0, generation: generation + 1 }
  return { ...object, metadata: { ...metadata, ...marks } } as KubeObject
}

/** The object's own removal, and what becomes of what it owns or holds. */
export function withDependents(world: World, key: Key, object: KubeObject, orphan = false): Write[] {
  const writes: Write[] = [{ key, object: null }]
  for (const [dependent, standing] of dependentsOf(world, key, object)) {
    if (!orphan && standing.metadata.finalizers?.length) writes.push({ key: dependent, object: going(world, standing) })
    else if (!orphan) writes.push(...withDependents(world, dependent, standing))
    else {
      const ownerReferences = standing.metadata.ownerReferences?.filter(({ uid }) => uid !== object.metadata.uid) ?? []
      writes.push({ key: dependent, object: { ...standing, metadata: { ...standing.metadata, ownerReferences } } })
    }
  }
  return writes
}

function dependentsOf({ store }: World, key: Key, { metadata }: KubeObject): [Key, KubeObject][] {
  const isWithin = key.resource.plural === NAMESPACES.plural
  return RESOURCES.filter(({ isReview }) => !isReview).flatMap((resource) =>
    store
      .list(resource)
      .filter((one) =>
        isWithin
          ? one.metadata.namespace === metadata.name
          : one.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid),
      )
      .map((one): [Key, KubeObject] => [
        { resource, namespace: one.metadata.namespace ?? '', name: one.metadata.name },
        one,
      ]),
  )
}
