/** The daily scrums' CronJobs as the cluster has them: found by their labels, applied, repaired and taken away. */
import type { V1CronJob } from '@kubernetes/client-node'
import { AppError } from '#lib/errors'
import type { CronJobs, LiveCronJob, Removed } from '#lib/projects/ports'
import { applyCronJob, versionOf } from './apply.ts'
import { type ClientOptions, type ClusterClient, createClusterClient } from './client.ts'
import type { ClusterConfig } from './config.ts'
import { differences } from './diff.ts'
import { ofOtherInstallation } from './errors.ts'
import { createIdentity, type Installation } from './identity.ts'
import { type JobSettings, manifestOf, OWNER } from './manifest.ts'
import { cronJobName, labelValue } from './names.ts'
import { isFor, ownerOf, projectOf, sprintOf } from './ownership.ts'
import { RIGHTS } from './rights.ts'

export type CronJobsOptions = ClusterConfig &
  Omit<ClientOptions, 'access' | 'namespace'> & {
    readonly installation?: Installation
  }

/** Kubernetes' own tools ask for as many at a time. */
const PAGE_SIZE = 500
/** 0 asks for all at once: such a list cannot expire while it is read. */
const UNPAGED = 0
const OURS = `${OWNER.label}=${OWNER.value}`

/** Costs nothing until the first call, which loads the Kubernetes client. */
export function createCronJobs(options: CronJobsOptions): CronJobs {
  const { job } = options
  const client = createClusterClient({ ...options, namespace: job.namespace })
  const identity = createIdentity(options.installation)
  /** What the cluster showed, for those that are handed back. */
  const shown = new WeakMap<LiveCronJob, V1CronJob>()

  const live = (cronJob: V1CronJob, installation: string | null): LiveCronJob => {
    const view = liveOf(cronJob, job, installation)
    shown.set(view, cronJob)
    return view
  }

  async function list(selector: string): Promise<LiveCronJob[]> {
    const installation = await identity.known()
    const found = (await allPages(client, selector, PAGE_SIZE)) ?? (await allPages(client, selector, UNPAGED)) ?? []
    return found.map((cronJob) => live(cronJob, installation))
  }

  return {
    nameOf: cronJobName,
    list: () => list(OURS),
    async ofProject(project) {
      const found = await list(`${OURS},project=${labelValue(project)}`)
      return found.filter((one) => one.project === project)
    },
    async find(project, sprint) {
      const found = await client.read(cronJobName(project, sprint))
      if (found === undefined) return null
      const view = live(found, await identity.known())
      return view.owner !== 'us' || isFor(found, { project, sprint }) ? view : { ...view, owner: 'stranger' }
    },
    async apply(spec, seen, { ignore = [], like } = {}) {
      const installation = await identity.own()
      const manifest = manifestOf(spec, job, installation)
      const wanted = { spec, manifest, installation, ignore, like: like && shown.get(like) }
      return applyCronJob(client, wanted, seen && shown.get(seen))
    },
    async remove(project, name, seen) {
      if (seen !== undefined) return removeSeen(client, seen, job)
      const found = await client.read(name)
      if (found === undefined) return 'absent'
      const view = live(found, await identity.own())
      return view.owner === 'stranger' || view.project !== project ? 'absent' : removeOurs(client, view, job)
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

async function removeOurs(client: ClusterClient, live: LiveCronJob, { namespace }: JobSettings): Promise<Removed> {
  const { name, uid, owner, owner_name, terminating } = live
  if (owner === 'other_installation') {
    throw ofOtherInstallation({ verb: 'delete', resource: 'cronjobs', namespace, name }, owner_name ?? '')
  }
  return terminating ? 'terminating' : client.remove(name, uid)
}

/** Ours by the list it was seen in; the uid keeps a later one of that name from harm. */
async function removeSeen(client: ClusterClient, seen: LiveCronJob, job: JobSettings): Promise<Removed> {
  try {
    return await removeOurs(client, seen, job)
  } catch (error) {
    const isAnother = error instanceof AppError && error.code === 'conflict' && seen.owner === 'us'
    if (isAnother) return 'absent'
    throw error
  }
}

function liveOf(cronJob: V1CronJob, job: JobSettings, installation: string | null): LiveCronJob {
  const { metadata, spec, status } = cronJob
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    version: versionOf(cronJob),
    ...ownerOf(cronJob, installation),
    terminating: metadata?.deletionTimestamp !== undefined,
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
    drift: (wanted, ignore) => differences(manifestOf(wanted, job, installation), cronJob, ignore),
  }
}

/** The newest entry of the managed fields that holds any of the spec. */
function specChangedAt({ metadata }: V1CronJob): number | null {
  const times = (metadata?.managedFields ?? []).flatMap(({ fieldsV1, time }) =>
    time !== undefined && fieldsV1 !== undefined && 'f:spec' in fieldsV1 ? [time.getTime()] : [],
  )
  return times.length === 0 ? null : Math.max(...times)
}
