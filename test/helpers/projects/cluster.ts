/** A cluster's CronJobs in memory, ours and strangers', with failures on demand. */
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { CronJobSpec, CronJobs, LiveCronJob } from '#lib/projects/ports'

export interface FakeCronJob {
  name: string
  project: string
  sprint: string
  schedule: string
  time_zone: string | null
  image: string
  suspended: boolean
  created_at: Instant
  changed_at: Instant | null
  last_schedule_at: Instant | null
  last_success_at: Instant | null
  active: number
  ours: boolean
  /** False when our label was removed: no list shows it. */
  labelled: boolean
  terminating: boolean
  /** Another installation's id, when it is another's. */
  installation: string | null
}

export interface ClusterWorld {
  cronJobs: FakeCronJob[]
  /** Thrown by every call when set, or by applies alone. */
  failure: AppError | undefined
  applyFailure: ((spec: CronJobSpec) => AppError | undefined) | undefined
  missingRights: readonly { readonly verb: string; readonly resource: string }[]
  readonly calls: string[]
  around: <T>(call: string, run: () => Promise<T>) => Promise<T>
}

const IMAGE = 'registry.example/scrum:1'

export function aClusterWorld(): ClusterWorld {
  return {
    cronJobs: [],
    failure: undefined,
    applyFailure: undefined,
    missingRights: [],
    calls: [],
    around: (_call, run) => run(),
  }
}

export const cronJobName = (project: string, sprint: string): string =>
  `run-dailyscrum-${project}-${sprint}`.toLowerCase()

export function fakeCronJobs(world: ClusterWorld, clock: Clock): CronJobs {
  const call = <T>(name: string, run: () => T): Promise<T> => {
    world.calls.push(name)
    return world.around(name, async () => {
      if (world.failure !== undefined) throw world.failure
      return run()
    })
  }
  const managed = () => world.cronJobs.filter(({ ours, labelled }) => ours && labelled)

  return {
    nameOf: cronJobName,
    list: () => call('list', () => managed().map(liveOf)),
    ofProject: (project) =>
      call('ofProject', () =>
        managed()
          .filter((one) => one.project === project)
          .map(liveOf),
      ),
    find: (project, sprint) =>
      call('find', () => {
        const found = world.cronJobs.find(({ name }) => name === cronJobName(project, sprint))
        return found === undefined ? null : liveOf(found)
      }),
    apply: (spec) =>
      call('apply', () => {
        const refused = world.applyFailure?.(spec)
        if (refused !== undefined) throw refused
        const name = cronJobName(spec.project, spec.sprint)
        const found = world.cronJobs.find((one) => one.name === name)
        if (found === undefined) {
          world.cronJobs.push(aCronJob(spec, { created_at: clock.now() }))
          return { name, outcome: 'created' as const }
        }
        if (!found.ours) throw new AppError('conflict', `CronJob ${name} is not ours.`)
        if (differencesOf(found, spec).length === 0) return { name, outcome: 'unchanged' as const }
        Object.assign(found, { schedule: spec.schedule, time_zone: spec.time_zone, image: IMAGE, suspended: false })
        return { name, outcome: 'repaired' as const }
      }),
    remove: (project, name) =>
      call('remove', () => {
        const before = world.cronJobs.length
        world.cronJobs = world.cronJobs.filter((one) => !(one.ours && one.project === project && one.name === name))
        return world.cronJobs.length < before ? 'deleted' : 'absent'
      }),
    preflight: async () => world.missingRights,
  }
}

export function aCronJob(spec: CronJobSpec, over: Partial<FakeCronJob> = {}): FakeCronJob {
  return {
    name: cronJobName(spec.project, spec.sprint),
    ...spec,
    image: IMAGE,
    suspended: false,
    created_at: 0,
    changed_at: null,
    last_schedule_at: null,
    last_success_at: null,
    active: 0,
    ours: true,
    labelled: true,
    terminating: false,
    installation: null,
    ...over,
  }
}

function liveOf(one: FakeCronJob): LiveCronJob {
  const { image, ours, labelled: _, installation, ...state } = one
  const uid = `${one.name}@${one.created_at}`
  return {
    ...state,
    uid,
    version: `${uid}:${image}:${one.schedule}`,
    owner: installation !== null ? 'other_installation' : ours ? 'us' : 'stranger',
    owner_name: installation,
    starting_deadline_seconds: 300,
    drift: (spec, ignore = []) => differencesOf(one, spec).filter(({ pointer }) => !ignore.includes(pointer)),
  }
}

function differencesOf({ schedule, time_zone, suspended, image }: FakeCronJob, spec: CronJobSpec) {
  return [
    { pointer: '/spec/schedule', wanted: spec.schedule as unknown, found: schedule as unknown },
    { pointer: '/spec/timeZone', wanted: spec.time_zone, found: time_zone },
    { pointer: '/spec/suspend', wanted: false, found: suspended },
    { pointer: '/spec/jobTemplate/spec/template/spec/containers/0/image', wanted: IMAGE, found: image },
  ].filter(({ wanted, found }) => wanted !== found)
}
