/** The CronJob that runs a sprint's daily scrum, built as an object from what the sprint needs. */
import { createHash } from 'node:crypto'
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob'
import type { CronJobSpec } from '#lib/projects/ports'
import { cronJobName, labelValue } from './names.ts'

/** How the daily scrum is run, the same for every sprint. */
export interface JobSettings {
  readonly namespace: string
  readonly image: string
  /** The container's command; `$(NAME)` stands for a variable of its environment. */
  readonly command: readonly string[]
  /** More variables of the container, e.g. the addresses of services as the cluster sees them. */
  readonly environment: Readonly<Record<string, string>>
  readonly serviceAccount: string
  /** Null when the image is public. */
  readonly pullSecret: string | null
  /** How late a run may start; at least 200. */
  readonly startingDeadlineSeconds: number
}

export type CronJobManifest = ICronJob & Required<Pick<ICronJob, 'metadata' | 'spec'>>

/** What marks a CronJob as ours: this label, whatever became of the others. */
export const OWNER = { label: 'app.kubernetes.io/managed-by', value: 'coxswain' } as const
/** Project and sprint in full, where a label holds a shortened one. */
export const ANNOTATION = {
  project: 'coxswain.dev/project',
  sprint: 'coxswain.dev/sprint',
  hash: 'coxswain.dev/manifest-hash',
  /** Which installation made it, for two that share a namespace. */
  installation: 'coxswain.dev/installation',
} as const

/** A connection that takes longer will not come; a daily scrum that takes longer hangs. Seconds, as text for curl. */
const CONNECT_SECONDS = '10'
const ANSWER_SECONDS = '600'
/** Five attempts of ten minutes and the pauses between them (10 s, doubling). */
const JOB_SECONDS = 3600
const BACKOFF_LIMIT = 4
const HISTORY = 3
/** Any user but root; the image has no user of its own that is needed. */
const NOBODY = 65_534

/** Posts to the sprint service and waits a bounded time for its answer. */
export const DEFAULT_COMMAND: readonly string[] = [
  'curl',
  '--fail-with-body',
  '--silent',
  '--show-error',
  '--connect-timeout',
  CONNECT_SECONDS,
  '--max-time',
  ANSWER_SECONDS,
  '--request',
  'POST',
  '$(SPRINT_SERVICE_URL)/sprints/$(SPRINT_ID)/run-daily-scrum',
]

/** The whole manifest, annotated with its own hash and, if it has an id, the installation. */
export function manifestOf(
  spec: CronJobSpec,
  settings: JobSettings,
  installation: string | null = null,
): CronJobManifest {
  const name = cronJobName(spec.project, spec.sprint)
  const labels = {
    [OWNER.label]: OWNER.value,
    team: 'scrum',
    cronjob: name,
    project: labelValue(spec.project),
    sprint: labelValue(spec.sprint),
  }
  const annotations = { [ANNOTATION.project]: spec.project, [ANNOTATION.sprint]: spec.sprint }
  const manifest: CronJobManifest = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: settings.namespace, labels, annotations },
    spec: {
      schedule: spec.schedule,
      ...(spec.time_zone !== null && { timeZone: spec.time_zone }),
      suspend: false,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: settings.startingDeadlineSeconds,
      successfulJobsHistoryLimit: HISTORY,
      failedJobsHistoryLimit: HISTORY,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: BACKOFF_LIMIT,
          activeDeadlineSeconds: JOB_SECONDS,
          template: { metadata: { labels }, spec: podOf(spec, settings) },
        },
      },
    },
  }
  const marks = { ...hashed(manifest), ...(installation !== null && { [ANNOTATION.installation]: installation }) }
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { ...annotations, ...marks } } }
}

type PodSpec = NonNullable<NonNullable<CronJobManifest['spec']['jobTemplate']['spec']>['template']['spec']>

function podOf(spec: CronJobSpec, settings: JobSettings): PodSpec {
  return {
    restartPolicy: 'Never',
    serviceAccountName: settings.serviceAccount,
    automountServiceAccountToken: false,
    ...(settings.pullSecret !== null && { imagePullSecrets: [{ name: settings.pullSecret }] }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NOBODY,
      runAsGroup: NOBODY,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'daily-scrum',
        image: settings.image,
        command: [...settings.command],
        env: environmentOf(spec, settings),
        resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  }
}

/** `SPRINT_ID` and `PROJECT_ID` as they stand in an address, so that no name can lead it elsewhere. */
function environmentOf(spec: CronJobSpec, { environment }: JobSettings): { name: string; value: string }[] {
  const ids = { PROJECT_ID: inAddress(spec.project), SPRINT_ID: inAddress(spec.sprint) }
  return Object.entries({ ...environment, ...ids }).map(([name, value]) => ({ name, value }))
}

function inAddress(id: string): string {
  return encodeURIComponent(id.toWellFormed()).replaceAll(/[()!'*]/g, escaped)
}

const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

function hashed(manifest: CronJobManifest): Record<string, string> {
  return { [ANNOTATION.hash]: createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16) }
}
