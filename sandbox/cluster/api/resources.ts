/** Which resources the cluster serves. */

export interface Resource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: 'v1'
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The type's name in the official client. */
  readonly type: string
  /** Its status is written through a path of its own. */
  readonly hasStatus: boolean
  /** Only asked, never kept. */
  readonly isReview: boolean
}

const RBAC = 'rbac.authorization.k8s.io'

function resource(
  plural: string,
  kind: string,
  more: Partial<Omit<Resource, 'plural' | 'kind' | 'type' | 'version'>> = {},
): Resource {
  const defaults = { group: '', namespaced: true, shortNames: [], categories: [], hasStatus: false, isReview: false }
  return { ...defaults, version: 'v1', plural, kind, type: `V1${kind}`, ...more }
}

export const NAMESPACES = resource('namespaces', 'Namespace', { namespaced: false, shortNames: ['ns'] })
export const CRONJOBS = resource('cronjobs', 'CronJob', {
  group: 'batch',
  shortNames: ['cj'],
  categories: ['all'],
  hasStatus: true,
})
export const JOBS = resource('jobs', 'Job', { group: 'batch', categories: ['all'], hasStatus: true })
export const SERVICE_ACCOUNTS = resource('serviceaccounts', 'ServiceAccount', { shortNames: ['sa'] })
export const ROLES = resource('roles', 'Role', { group: RBAC })
export const ROLE_BINDINGS = resource('rolebindings', 'RoleBinding', { group: RBAC })
const ACCESS_REVIEWS = resource('selfsubjectaccessreviews', 'SelfSubjectAccessReview', {
  group: 'authorization.k8s.io',
  namespaced: false,
  isReview: true,
})

export const RESOURCES: readonly Resource[] = [
  NAMESPACES,
  SERVICE_ACCOUNTS,
  CRONJOBS,
  JOBS,
  ROLES,
  ROLE_BINDINGS,
  ACCESS_REVIEWS,
]

/** What the cluster might serve: who may use it is judged before that it does not. */
export function unserved(group: string, plural: string): Resource {
  return { ...resource(plural, '', { group }), type: '' }
}

export function groupVersion({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

/** `cronjobs.batch`, as messages name it. */
export function qualified({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`
}

export function resourceOf(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find((one) => one.group === group && one.version === version && one.plural === plural)
}

/** What one can do with what it keeps. */
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const

export function verbsOf({ isReview }: Resource): readonly string[] {
  return isReview ? ['create'] : VERBS
}
