/** Who may do what: administrators everything, everyone else what Roles bound to them grant, less what a test denies. */
import * as z from 'zod'
import { type Refused, refused } from '../http/status.ts'
import type { Store } from '../state/store.ts'
import { qualified, RESOURCES, ROLE_BINDINGS, ROLES } from './resources.ts'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** What is wanted; the fields are empty where they do not apply. */
export interface Attributes {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

export interface Denial {
  readonly verb: string
  readonly resource: string
}

export interface Rights {
  allows(user: User, wanted: Attributes): boolean
  /** Which binding allows it, as a review tells; undefined for what no binding allows. */
  reasonOf(user: User, wanted: Attributes): string | undefined
  /** Takes rights from everyone, administrators too. */
  deny(denials: readonly Denial[]): void
  /** Ends every denial. */
  restore(): void
}

export const ADMIN: User = { name: 'stand-in-admin', groups: ['system:masters', 'system:authenticated'] }
const ADMINS = 'system:masters'
const ALL = '*'

const role = z.object({
  rules: z
    .array(
      z.object({
        apiGroups: z.array(z.string()).default([]),
        resources: z.array(z.string()).default([]),
        verbs: z.array(z.string()),
        resourceNames: z.array(z.string()).default([]),
      }),
    )
    .nullish(),
})
const binding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })).nullish(),
})
type Rule = NonNullable<z.infer<typeof role>['rules']>[number]
type Binding = z.infer<typeof binding>
type Subject = NonNullable<z.infer<typeof binding>['subjects']>[number]

export function createRights(store: Store): Rights {
  const denied: Denial[] = []
  const isDenied = ({ verb, resource }: Attributes) =>
    denied.some((one) => (one.verb === ALL || one.verb === verb) && (one.resource === ALL || one.resource === resource))

  const rulesOf = (roleRef: Binding['roleRef'], namespace: string): Rule[] => {
    const found = store.get({ resource: ROLES, namespace, name: roleRef.name })
    return roleRef.kind === 'Role' && found !== undefined ? (role.parse(found).rules ?? []) : []
  }

  const reasonOf = (user: User, wanted: Attributes): string | undefined => {
    const { namespace } = wanted
    if (namespace === '') return undefined
    for (const object of store.list(ROLE_BINDINGS, namespace)) {
      const { roleRef, subjects } = binding.parse(object)
      const subject = subjects?.find((one) => isSubject(one, user))
      if (subject === undefined || !rulesOf(roleRef, namespace).some((rule) => grants(rule, wanted))) continue
      const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name
      const bound = `RoleBinding "${object.metadata.name}/${namespace}" of Role "${roleRef.name}"`
      return `RBAC: allowed by ${bound} to ${subject.kind} "${who}"`
    }
    return undefined
  }

  return {
    allows(user, wanted) {
      if (isDenied(wanted)) return false
      if (user.groups.includes(ADMINS) || isOpen(wanted)) return true
      return reasonOf(user, wanted) !== undefined
    },
    reasonOf,
    deny: (denials) => void denied.push(...denials),
    restore: () => {
      denied.length = 0
    },
  }
}

/** Everyone who is known may ask what he may do. */
function isOpen({ verb, resource }: Attributes): boolean {
  return verb === 'create' && RESOURCES.some((one) => one.isReview && one.plural === resource)
}

function isSubject(subject: Subject, user: User): boolean {
  switch (subject.kind) {
    case 'ServiceAccount':
      return user.name === serviceAccountUser(subject.namespace ?? '', subject.name).name
    case 'Group':
      return user.groups.includes(subject.name)
    default:
      return user.name === subject.name
  }
}

function grants(rule: Rule, wanted: Attributes): boolean {
  const resource = wanted.subresource === '' ? wanted.resource : `${wanted.resource}/${wanted.subresource}`
  const has = (list: readonly string[], value: string) => list.includes(ALL) || list.includes(value)
  const named = rule.resourceNames.length === 0 || rule.resourceNames.includes(wanted.name)
  return has(rule.apiGroups, wanted.group) && has(rule.resources, resource) && has(rule.verbs, wanted.verb) && named
}

export function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }
}

/** 403 in the cluster's words. */
export function forbidden(user: User, wanted: Attributes): Refused {
  const { verb, group, resource, subresource, namespace, name } = wanted
  const path = subresource === '' ? resource : `${resource}/${subresource}`
  const known = RESOURCES.find((one) => one.plural === resource && one.group === group)
  const title = known === undefined ? resource : qualified(known)
  const object = name === '' ? title : `${title} "${name}"`
  const place = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const message = `${object} is forbidden: User "${user.name}" cannot ${verb} resource "${path}" in API group "${group}" ${place}`
  return refused(403, message, { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: resource })
}
