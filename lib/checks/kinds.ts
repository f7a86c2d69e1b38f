/** The kinds of Kubernetes that manifests are validated for, each with its official schema, loaded when it is met. */

/** The module of kubernetes-models that has the kind's class. */
export type LoadKind = () => Promise<object>

/** What people write manifests of, by `apiVersion/kind`. Written out, so that a bundler sees each import. */
export const KINDS: Readonly<Record<string, LoadKind>> = {
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': () =>
    import('kubernetes-models/admissionregistration.k8s.io/v1/MutatingWebhookConfiguration'),
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': () =>
    import('kubernetes-models/admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration'),
  'apiextensions.k8s.io/v1/CustomResourceDefinition': () =>
    import('kubernetes-models/apiextensions.k8s.io/v1/CustomResourceDefinition'),
  'apps/v1/DaemonSet': () => import('kubernetes-models/apps/v1/DaemonSet'),
  'apps/v1/Deployment': () => import('kubernetes-models/apps/v1/Deployment'),
  'apps/v1/ReplicaSet': () => import('kubernetes-models/apps/v1/ReplicaSet'),
  'apps/v1/StatefulSet': () => import('kubernetes-models/apps/v1/StatefulSet'),
  'autoscaling/v1/HorizontalPodAutoscaler': () => import('kubernetes-models/autoscaling/v1/HorizontalPodAutoscaler'),
  'autoscaling/v2/HorizontalPodAutoscaler': () => import('kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'),
  'batch/v1/CronJob': () => import('kubernetes-models/batch/v1/CronJob'),
  'batch/v1/Job': () => import('kubernetes-models/batch/v1/Job'),
  'coordination.k8s.io/v1/Lease': () => import('kubernetes-models/coordination.k8s.io/v1/Lease'),
  'networking.k8s.io/v1/Ingress': () => import('kubernetes-models/networking.k8s.io/v1/Ingress'),
  'networking.k8s.io/v1/IngressClass': () => import('kubernetes-models/networking.k8s.io/v1/IngressClass'),
  'networking.k8s.io/v1/NetworkPolicy': () => import('kubernetes-models/networking.k8s.io/v1/NetworkPolicy'),
  'policy/v1/PodDisruptionBudget': () => import('kubernetes-models/policy/v1/PodDisruptionBudget'),
  'rbac.authorization.k8s.io/v1/ClusterRole': () =>
    import('kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole'),
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': () =>
    import('kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding'),
  'rbac.authorization.k8s.io/v1/Role': () => import('kubernetes-models/rbac.authorization.k8s.io/v1/Role'),
  'rbac.authorization.k8s.io/v1/RoleBinding': () =>
    import('kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'),
  'scheduling.k8s.io/v1/PriorityClass': () => import('kubernetes-models/scheduling.k8s.io/v1/PriorityClass'),
  'storage.k8s.io/v1/StorageClass': () => import('kubernetes-models/storage.k8s.io/v1/StorageClass'),
  'v1/ConfigMap': () => import('kubernetes-models/v1/ConfigMap'),
  'v1/LimitRange': () => import('kubernetes-models/v1/LimitRange'),
  'v1/Namespace': () => import('kubernetes-models/v1/Namespace'),
  'v1/PersistentVolume': () => import('kubernetes-models/v1/PersistentVolume'),
  'v1/PersistentVolumeClaim': () => import('kubernetes-models/v1/PersistentVolumeClaim'),
  'v1/Pod': () => import('kubernetes-models/v1/Pod'),
  'v1/ResourceQuota': () => import('kubernetes-models/v1/ResourceQuota'),
  'v1/Secret': () => import('kubernetes-models/v1/Secret'),
  'v1/Service': () => import('kubernetes-models/v1/Service'),
  'v1/ServiceAccount': () => import('kubernetes-models/v1/ServiceAccount'),
}

/** The keys of a kind, by its name: `Deployment` → `apps/v1/Deployment`. */
const BY_NAME: ReadonlyMap<string, readonly string[]> = Map.groupBy(Object.keys(KINDS), (key) =>
  key.slice(key.lastIndexOf('/') + 1),
)

/** Groups of Kubernetes itself, which hold no kinds of anybody else; `extensions` is one of the past. */
const GROUPS: ReadonlySet<string> = new Set([...Object.keys(KINDS).map(groupOf), 'extensions'])

/**
 * Where Kubernetes serves a kind that was asked for in a place it is not: `v1 Deployment` and `extensions/v1beta1
 * Deployment` are `apps/v1`. Undefined for kinds that may well be served, by a cluster's extensions or a later version.
 */
export function servedElsewhere(apiVersion: string, kind: string): readonly string[] | undefined {
  if (!GROUPS.has(groupOf(`${apiVersion}/${kind}`))) return undefined
  return BY_NAME.get(kind)?.map((key) => key.slice(0, key.lastIndexOf('/')))
}

/** `apps` of `apps/v1/Deployment`; empty for the core group. */
function groupOf(key: string): string {
  return key.split('/').slice(0, -2).join('/')
}
