/** The daily scrums' CronJobs as the cluster has them: found by their labels, applied, repaired and taken away. */
import type { V1CronJob } from '@kubernetes/client-node'
import { AppError } from '#lib/errors'
import type { CronJobSpec, CronJobs, LiveCronJob } from '#lib/projects/ports'
import { type ClientOptions, type ClusterClient, createClusterClient } from './client.ts'
import type { ClusterConfig } from './config.ts'
import { differences } from './diff.ts'
import { strangers } from './errors.ts'
import { ANNOTATION, type CronJobManifest, type JobSettings, manifestOf, OWNER } from './manifest.ts'
import { cronJobName, labelValue } from './names.ts'
import { RIGHTS } from './rights.ts'

export type CronJobsOptions = ClusterConfig & Omit<ClientOptions, 'access' | 'namespace'>

/** Kubernetes' own tools ask for as many at a time. */
const PAGE_SIZE = 500
/** 0 asks for all at once: such a list cannot expire while it is read. */
const UNPAGED = 0
const KIND = { apiVersion: 'batch/v1', kind: 'CronJob' } as const
const OURS = `${OWNER.label}=${OWNER.value}`

/** Costs nothing until the first call, which loads the Kubernetes client. */
export function createCronJobs(options: CronJobsOptions): CronJobs {
  const { job } = options
  const client = createClusterClient({ ...options, namespace: job.namespace })

  async function list(selector: string): Promise<LiveCronJob[]> {
    const found = (await allPages(client, selector, PAGE_SIZE)) ?? (await allPages(client, selector, UNPAGED)) ?? []
    return found.map((cronJob) => liveOf(cronJob, job))
  }

  return {
    nameOf: cronJobName,
    list: () => list(OURS),
    async ofProject(project) {
      const found = await list(`${OURS},project=${labelValue(project)}`)
      return found.filter((one) => one.project === project)
    },
    apply: (spec, seen) => apply(client, spec, { job, seen }),
    async remove(project, name, seen) {
      if (seen !== undefined) return removeSeen(client, seen)
      const found = await client.read(name)
      const uid = found?.metadata?.uid
      if (found === undefined || uid === undefined) return false
      if (!isManaged(found) || projectOf(found) !== project) return false
      return client.remove(name, uid)
    },
    async preflight() {
      const answers = await Promise.all(RIGHTS.map(async (right) => ({ right, ok: await client.allows(right) })))
      return answers.filter(({ ok }) => !ok).map(({ right }) => right)
    },
  }
}

/** Undefined when the list expired before its last page. */
async function allPages(client: ClusterClient, selector: string, limit: number): Promise<V1CronJob[] | undefined> {
  const items: V1CronJob[] = []
  for (let next = ''; ; ) {
    const page = await client.page(selector, limit, next)
    if (page === undefined) return undefined
    items.push(...page.items)
    if (page.next === '') return items
    next = page.next
  }
}

type Applied = Awaited<ReturnType<CronJobs['apply']>>

interface Known {
  readonly job: JobSettings
  readonly seen: LiveCronJob | null | undefined
}

async function apply(client: ClusterClient, spec: CronJobSpec, { job, seen }: Known): Promise<Applied> {
  const manifest = manifestOf(spec, job)
  const name = cronJobName(spec.project, spec.sprint)
  if (seen === null) return create(client, manifest, spec)
  if (seen !== undefined && seen.name === name) {
    const repaired = await repairSeen(client, manifest, seen)
    if (repaired !== undefined) return repaired
  }
  const found = await client.read(name)
  if (found === undefined) return create(client, manifest, spec)
  if (!isOurs(found, spec)) throw strangers({ verb: 'patch', resource: 'cronjobs', namespace: job.namespace, name })
  if (differences(manifest, found).length === 0) return { name, outcome: 'unchanged' }
  await repair(client, manifest, found.metadata?.uid)
  return { name, outcome: 'repaired' }
}

/** Undefined when the object is another one by now, or gone. */
async function repairSeen(
  client: ClusterClient,
  manifest: CronJobManifest,
  { name, uid }: LiveCronJob,
): Promise<Applied | undefined> {
  try {
    await repair(client, manifest, uid)
    return { name, outcome: 'repaired' }
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return undefined
    throw error
  }
}

/** Ours by the list it was seen in; the uid keeps a later one of that name from harm. */
async function removeSeen(client: ClusterClient, { name, uid }: LiveCronJob): Promise<boolean> {
  try {
    return await client.remove(name, uid)
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return false
    throw error
  }
}

/** Not forced, so that whoever took the name since it was looked up keeps what he set. */
async function create(client: ClusterClient, manifest: CronJobManifest, spec: CronJobSpec): Promise<Applied> {
  const name = cronJobName(spec.project, spec.sprint)
  try {
    const { created } = await client.apply(manifest, false)
    return { name, outcome: created ? 'created' : 'unchanged' }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
    const taken = await client.read(name)
    if (taken !== undefined && isOurs(taken, spec)) return { name, outcome: 'unchanged' }
    throw strangers({ verb: 'patch', resource: 'cronjobs', namespace: manifest.metadata.namespace ?? '', name })
  }
}

/** An apply takes back every field of ours; what others added and must not be there needs a replacement. */
async function repair(client: ClusterClient, manifest: CronJobManifest, uid: string | undefined): Promise<void> {
  const metadata = uid === undefined ? manifest.metadata : { ...manifest.metadata, uid }
  const { cronJob: applied } = await client.apply({ ...manifest, metadata }, true)
  if (differences(manifest, applied).length === 0) return
  // Two packages describe the same object; they differ in the type of times, of which the manifest has none.
  const spec: unknown = manifest.spec
  await client.replace({ ...applied, ...KIND, spec: spec as NonNullable<V1CronJob['spec']> })
}

function liveOf(cronJob: V1CronJob, job: JobSettings): LiveCronJob {
  const { metadata, spec, status } = cronJob
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    project: projectOf(cronJob),
    sprint: sprintOf(cronJob),
    schedule: spec?.schedule ?? '',
    time_zone: spec?.timeZone ?? null,
    suspended: spec?.suspend ?? false,
    starting_deadline_seconds: spec?.startingDeadlineSeconds ?? null,
    created_at: metadata?.creationTimestamp?.getTime() ?? 0,
    changed_at: specChangedAt(cronJob),
    last_schedule_at: status?.lastScheduleTime?.getTime() ?? null,
    last_success_at: status?.lastSuccessfulTime?.getTime() ?? null,
    active: status?.active?.length ?? 0,
    drift: (wanted, ignore) => differences(manifestOf(wanted, job), cronJob, ignore),
  }
}

/** The newest entry of the managed fields that holds any of the spec. */
function specChangedAt({ metadata }: V1CronJob): number | null {
  const times = (metadata?.managedFields ?? []).flatMap(({ fieldsV1, time }) =>
    time !== undefined && fieldsV1 !== undefined && 'f:spec' in fieldsV1 ? [time.getTime()] : [],
  )
  return times.length === 0 ? null : Math.max(...times)
}

/** Managed by us and for this very sprint. */
function isOurs(cronJob: V1CronJob, { project, sprint }: CronJobSpec): boolean {
  return isManaged(cronJob) && projectOf(cronJob) === project && sprintOf(cronJob) === sprint
}

function isManaged({ metadata }: V1CronJob): boolean {
  return metadata?.labels?.[OWNER.label] === OWNER.value
}

function projectOf({ metadata }: V1CronJob): string {
  return metadata?.annotations?.[ANNOTATION.project] ?? metadata?.labels?.['project'] ?? ''
}

function sprintOf({ metadata }: V1CronJob): string {
  return metadata?.annotations?.[ANNOTATION.sprint] ?? metadata?.labels?.['sprint'] ?? ''
}
