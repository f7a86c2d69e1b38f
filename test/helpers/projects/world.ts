/** Projects on a real table, with the services and the cluster in memory and a clock of their own. */
import type { Sleep } from '#lib/clock'
import type { Ids } from '#lib/ids'
import type { Options } from '#lib/projects/model'
import type { CronJobs, Upstream } from '#lib/projects/ports'
import { createProjects, type Projects } from '#lib/projects/projects'
import type { Memory, ProjectStore } from '#lib/projects/store-ports'
import { createProjectStore } from '#lib/store/projects'
import { createProjectMemory } from '#lib/store/projects-memory'
import { aClock, START } from '../clock.ts'
import { aTable } from '../dynamodb.ts'
import { aClusterWorld, fakeCronJobs } from './cluster.ts'
import { anUpstreamWorld, fakeUpstream } from './upstream.ts'

export const PROJECT = 'SHOP-001'

export const OPTIONS: Options = {
  create_sprint_if_needed: true,
  assign_tasks: true,
  create_cronjob: true,
  sprint_duration_weeks: 2,
  max_tasks_per_sprint: 10,
}

export interface Parts {
  readonly store: ProjectStore
  readonly memory: Memory
  readonly upstream: Upstream
  readonly cronJobs: CronJobs
}

/** A deadline that is never over. */
export const never: Sleep = () => new Promise(() => undefined)

function countingIds(): Ids {
  let count = 0
  return { uuid: () => `id-${++count}`, secret: () => 'secret' }
}

export async function aProjectsWorld(now = START) {
  const { table, client } = await aTable()
  const clock = aClock(now)
  const services = anUpstreamWorld()
  const cluster = aClusterWorld()
  services.projects = [{ id: PROJECT, name: 'Shop', description: 'A shop', status: 'active' }]
  services.team.set(PROJECT, [
    { id: 'E1', name: 'Ada' },
    { id: 'E2', name: 'Ben' },
  ])
  const parts: Parts = {
    store: createProjectStore(table),
    memory: createProjectMemory(table),
    upstream: fakeUpstream(services),
    cronJobs: fakeCronJobs(cluster, clock),
  }
  const ids = countingIds()
  /** Real waiting for a lock, because the table answers in real time; the deadline is never over unless a test says so. */
  const sleep: Sleep = () => new Promise((resolve) => setTimeout(resolve, 5))
  const with_ = (over: Partial<Parts & { alarm: Sleep; sleep: Sleep }> = {}): Projects =>
    createProjects({ ...parts, clock, ids, sleep, alarm: never, ...over })
  const projects = with_()

  return {
    ...parts,
    table,
    client,
    clock,
    services,
    cluster,
    projects,
    with: with_,
    post: (over: { options?: Partial<Options>; schedule?: string; dry_run?: boolean; project?: string } = {}) =>
      projects.orchestrate(aPost(over)),
    decisions: async () => (await parts.store.decisions(PROJECT, 100)).items,
    sweep: (scheduled_for?: number) => projects.sweep({ correlation_id: 'sweep', scheduled_for }),
  }
}

export function aPost(
  over: { options?: Partial<Options>; schedule?: string; dry_run?: boolean; project?: string } = {},
) {
  const { options = {}, schedule, dry_run = false, project = PROJECT } = over
  return { project, options: { ...OPTIONS, ...options }, schedule, dry_run, correlation_id: 'test' }
}
