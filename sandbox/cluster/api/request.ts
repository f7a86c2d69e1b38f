/** What a call asks for, read from its method and path as Kubernetes does. */
import { notFound, refused } from '../http/status.ts'
import type { Attributes } from './rbac.ts'
import { groupVersion, NAMESPACES, type Resource, resourceOf, unserved } from './resources.ts'

export interface Target {
  readonly resource: Resource
  /** Undefined for all namespaces, and for what belongs to none. */
  readonly namespace: string | undefined
  /** Undefined for the collection. */
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** Undefined when the path is none of a resource. */
export function targetOf(path: string): Target | undefined {
  const core = /^\/api\/(v1)\/(.+)$/.exec(path)
  const named = /^\/apis\/([^/]+)\/([^/]+)\/(.+)$/.exec(path)
  if (core === null && named === null) return undefined
  const [group = '', version = '', rest = ''] = core ? ['', core[1], core[2]] : (named?.slice(1) ?? [])
  const parts = rest.split('/').map(decodeURIComponent)
  const isWithin = parts[0] === NAMESPACES.plural && parts.length > 2 && parts[2] !== 'status'
  const [plural = '', name, subresource] = isWithin ? parts.slice(2) : parts
  const resource = resourceOf(group, version, plural) ?? unserved(group, plural)
  return { resource, namespace: isWithin ? parts[1] : undefined, name, subresource }
}

const COLLECTION: Readonly<Record<string, string>> = { GET: 'list', POST: 'create', DELETE: 'deletecollection' }
const SINGLE: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** The verb, as rights are granted on it. Throws 405 where there is none. */
export function verbOf(method: string, target: Target, isWatch: boolean): string {
  const verb = target.name === undefined ? COLLECTION[method] : SINGLE[method]
  const isCreateByName = verb === 'create' && target.name !== undefined && target.subresource === undefined
  if (verb === undefined || isCreateByName) throw refused(405)
  return verb === 'list' && isWatch ? 'watch' : verb
}

export function attributesOf(verb: string, { resource, namespace, name, subresource }: Target): Attributes {
  return {
    verb,
    group: resource.group,
    resource: resource.plural,
    subresource: subresource ?? '',
    namespace: namespace ?? (resource === NAMESPACES ? (name ?? '') : ''),
    name: name ?? '',
  }
}

/** The path at which a single object is found. */
export function keyOf({ resource, namespace, name }: Target) {
  if (resource.namespaced !== (namespace !== undefined)) throw notFound(resource, name ?? '')
  return { resource, namespace: namespace ?? '', name: name ?? '' }
}

export function typeMeta(resource: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: groupVersion(resource), kind: resource.kind }
}
