/** PATCH in its four kinds, told apart by the content type. */

import { badRequest, conflict, notFound, refused } from '../http/status.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import { applyFields } from '../patch/managers.ts'
import { mergePatch } from '../patch/merge-patch.ts'
import { strategicMerge } from '../patch/strategic.ts'
import type { World } from '../world.ts'
import { type Json, type KubeObject, readDraft } from './objects.ts'
import { keyOf, type Target } from './request.ts'
import {
  insert,
  managerOf,
  merged,
  prepare,
  replace,
  requireSame,
  update,
  type WriteOptions,
  type Written,
} from './write.ts'

const APPLY = 'application/apply-patch+yaml'
const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMerge,
}
export const PATCH_TYPES: readonly string[] = [...Object.keys(PATCHES), APPLY]

export interface PatchCall {
  readonly contentType: string
  readonly body: unknown
  /** Server-side apply only: take over fields that others manage. */
  readonly force: boolean
  readonly options: WriteOptions
}

/** `created` tells an apply that made the object. */
export function patch(world: World, target: Target, call: PatchCall): Written & { readonly created: boolean } {
  const standing = world.store.get(keyOf(target))
  if (call.contentType === APPLY) return apply(world, target, standing, call)
  const change = Object.hasOwn(PATCHES, call.contentType) ? PATCHES[call.contentType] : undefined
  if (change === undefined) {
    const known = PATCH_TYPES.join(', ')
    throw refused(415, `the body of the request was in an unknown format - accepted media types include: ${known}`)
  }
  if (standing === undefined) throw notFound(target.resource, target.name ?? '')
  const body = change(standing, call.body)
  return { ...update(world, target, standing, { body, options: call.options }), created: false }
}

function apply(world: World, target: Target, standing: KubeObject | undefined, { body, force, options }: PatchCall) {
  const draft = readDraft(body)
  if (draft.apiVersion === undefined || draft.kind === undefined) throw badRequest('apiVersion and kind must be set')
  if (draft.metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil')
  const named = { ...draft, metadata: { ...draft.metadata, name: target.name } }
  const who = managerOf(world, target.resource, options)
  if (standing === undefined) {
    if (draft.metadata.uid)
      throw conflict(target.resource, target.name ?? '', 'Precondition failed: there is no object')
    const { managedFields } = applyFields(undefined, named, who, force)
    const prepared = prepare(target, readDraft(named), options)
    return { ...insert(world, target, prepared, { managed: managedFields, options }), created: true }
  }
  requireSame(target, standing, draft)
  const applied = applyFields(standing, named, who, force)
  const { value, warnings } = prepare(target, readDraft(applied.object as Json), options)
  const object = merged(standing, value, applied.managedFields, target.resource)
  return { object: replace(world, target, standing, { object, options }), warnings, created: false }
}
