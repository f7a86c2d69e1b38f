/** What the cluster must allow us: asked for by the pre-flight, granted by deploy/rbac.yaml. */

export interface Right {
  readonly verb: string
  readonly resource: string
}

const CRONJOB_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
const JOB_VERBS = ['get', 'list']

/** Both resources are of the API group `batch`. */
export const GROUP = 'batch'

export const RIGHTS: readonly Right[] = [
  ...CRONJOB_VERBS.map((verb) => ({ verb, resource: 'cronjobs' })),
  ...JOB_VERBS.map((verb) => ({ verb, resource: 'jobs' })),
]
