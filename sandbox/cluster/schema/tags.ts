/**
 * Field numbers of the types that kubectl sends as protobuf (`kubectl create job|cronjob|namespace|role`, `auth can-i`).
 * What is not listed is not taken, so nothing is lost unnoticed.
 */

export type Field =
  | {
      readonly kind: 'text' | 'number' | 'boolean' | 'texts' | 'quantities'
      readonly name: string
      readonly many?: boolean
    }
  | { readonly kind: 'message'; readonly name: string; readonly type: string; readonly many?: boolean }
  /** Sent, but none of the caller's business: an empty status, a time that is not set. */
  | { readonly kind: 'ignored' }

type Tags = Readonly<Record<number, Field>>

const text = (name: string): Field => ({ kind: 'text', name })
const textList = (name: string): Field => ({ kind: 'text', name, many: true })
const number = (name: string): Field => ({ kind: 'number', name })
const flag = (name: string): Field => ({ kind: 'boolean', name })
/** A map of text to text. */
const texts = (name: string): Field => ({ kind: 'texts', name })
const quantities = (name: string): Field => ({ kind: 'quantities', name })
const one = (name: string, type: string): Field => ({ kind: 'message', name, type })
const list = (name: string, type: string): Field => ({ kind: 'message', name, type, many: true })
const ignored: Field = { kind: 'ignored' }

const metadata = one('metadata', 'ObjectMeta')

export const TAGS: Readonly<Record<string, Tags>> = {
  ObjectMeta: {
    1: text('name'),
    2: text('generateName'),
    3: text('namespace'),
    4: ignored,
    5: text('uid'),
    6: text('resourceVersion'),
    7: ignored,
    8: ignored,
    11: texts('labels'),
    12: texts('annotations'),
    13: list('ownerReferences', 'OwnerReference'),
  },
  OwnerReference: {
    1: text('kind'),
    3: text('name'),
    4: text('uid'),
    5: text('apiVersion'),
    6: flag('controller'),
    7: flag('blockOwnerDeletion'),
  },
  Namespace: { 1: metadata, 2: ignored, 3: ignored },
  ServiceAccount: { 1: metadata },
  Role: { 1: metadata, 2: list('rules', 'PolicyRule') },
  PolicyRule: {
    1: textList('verbs'),
    2: textList('apiGroups'),
    3: textList('resources'),
    4: textList('resourceNames'),
  },
  RoleBinding: { 1: metadata, 2: list('subjects', 'Subject'), 3: one('roleRef', 'RoleRef') },
  Subject: { 1: text('kind'), 2: text('apiGroup'), 3: text('name'), 4: text('namespace') },
  RoleRef: { 1: text('apiGroup'), 2: text('kind'), 3: text('name') },
  SelfSubjectAccessReview: { 1: metadata, 2: one('spec', 'SelfSubjectAccessReviewSpec'), 3: ignored },
  SelfSubjectAccessReviewSpec: {
    1: one('resourceAttributes', 'ResourceAttributes'),
    2: one('nonResourceAttributes', 'NonResourceAttributes'),
  },
  ResourceAttributes: {
    1: text('namespace'),
    2: text('verb'),
    3: text('group'),
    4: text('version'),
    5: text('resource'),
    6: text('subresource'),
    7: text('name'),
  },
  NonResourceAttributes: { 1: text('path'), 2: text('verb') },
  CronJob: { 1: metadata, 2: one('spec', 'CronJobSpec'), 3: ignored },
  CronJobSpec: {
    1: text('schedule'),
    2: number('startingDeadlineSeconds'),
    3: text('concurrencyPolicy'),
    4: flag('suspend'),
    5: one('jobTemplate', 'JobTemplateSpec'),
    6: number('successfulJobsHistoryLimit'),
    7: number('failedJobsHistoryLimit'),
    8: text('timeZone'),
  },
  JobTemplateSpec: { 1: metadata, 2: one('spec', 'JobSpec') },
  Job: { 1: metadata, 2: one('spec', 'JobSpec'), 3: ignored },
  JobSpec: {
    1: number('parallelism'),
    2: number('completions'),
    3: number('activeDeadlineSeconds'),
    5: flag('manualSelector'),
    6: one('template', 'PodTemplateSpec'),
    7: number('backoffLimit'),
    8: number('ttlSecondsAfterFinished'),
    9: text('completionMode'),
    10: flag('suspend'),
    14: text('podReplacementPolicy'),
  },
  PodTemplateSpec: { 1: metadata, 2: one('spec', 'PodSpec') },
  PodSpec: {
    2: list('containers', 'Container'),
    3: text('restartPolicy'),
    4: number('terminationGracePeriodSeconds'),
    5: number('activeDeadlineSeconds'),
    6: text('dnsPolicy'),
    7: texts('nodeSelector'),
    8: text('serviceAccountName'),
    9: text('serviceAccount'),
    // Host network, processes and memory: false for all that is created here.
    10: ignored,
    11: ignored,
    12: ignored,
    13: ignored,
    14: one('securityContext', 'PodSecurityContext'),
    15: list('imagePullSecrets', 'LocalObjectReference'),
    16: ignored,
    17: ignored,
    19: text('schedulerName'),
    20: list('initContainers', 'Container'),
    21: flag('automountServiceAccountToken'),
    24: ignored,
  },
  LocalObjectReference: { 1: text('name') },
  PodSecurityContext: {
    2: number('runAsUser'),
    3: flag('runAsNonRoot'),
    5: number('fsGroup'),
    6: number('runAsGroup'),
    10: one('seccompProfile', 'SeccompProfile'),
  },
  SeccompProfile: { 1: text('type'), 2: text('localhostProfile') },
  Container: {
    1: text('name'),
    2: text('image'),
    3: textList('command'),
    4: textList('args'),
    5: text('workingDir'),
    7: list('env', 'EnvVar'),
    8: one('resources', 'ResourceRequirements'),
    13: text('terminationMessagePath'),
    14: text('imagePullPolicy'),
    15: one('securityContext', 'SecurityContext'),
    16: ignored,
    17: ignored,
    18: ignored,
    20: text('terminationMessagePolicy'),
  },
  EnvVar: { 1: text('name'), 2: text('value') },
  ResourceRequirements: { 1: quantities('limits'), 2: quantities('requests') },
  SecurityContext: {
    1: one('capabilities', 'Capabilities'),
    2: flag('privileged'),
    4: number('runAsUser'),
    5: flag('runAsNonRoot'),
    6: flag('readOnlyRootFilesystem'),
    7: flag('allowPrivilegeEscalation'),
    8: number('runAsGroup'),
    11: one('seccompProfile', 'SeccompProfile'),
  },
  Capabilities: { 1: textList('add'), 2: textList('drop') },
}
