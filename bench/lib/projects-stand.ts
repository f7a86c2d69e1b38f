/** The projects job as it runs in a container, against the stand-in services and cluster over HTTP and the embedded table. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemSleep } from '#lib/clock'
import { clusterConfig, clusterSettings } from '#lib/cluster/config'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { readConfig } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createProjects, type Projects } from '#lib/projects/projects'
import { createClient, meter } from '#lib/store/client'
import { createProjectStore } from '#lib/store/projects'
import { createProjectMemory } from '#lib/store/projects-memory'
import { createTable } from '#lib/store/table'
import { createUpstream } from '#lib/upstream/upstream'
import { startCluster } from '#sandbox/cluster/server'
import { startDynoxide } from '#sandbox/dynamodb/dynoxide'
import { createLocalTable } from '#sandbox/dynamodb/table'
import { startUpstream } from '#sandbox/upstream/server'

export type ProjectsStand = Awaited<ReturnType<typeof aProjectsStand>>

const TABLE = 'bench-projects'

export async function aProjectsStand() {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-bench-'))
  const engine = await startDynoxide({ port: 0 })
  const cluster = await startCluster({ port: 0, dataDir: join(folder, 'cluster') })
  const services = await startUpstream({ port: 0, dataDir: join(folder, 'upstream') })
  const client = createClient({ endpoint: engine.endpoint, region: 'eu-central-1' })
  await createLocalTable(client, TABLE)
  const table = createTable({ client, name: TABLE })
  const cronJobs = createCronJobs(clusterConfig(readConfig(clusterSettings, { KUBECONFIG: cluster.kubeconfigPath })))
  const upstream = createUpstream({ ...services.urls, allowed: [new URL(services.url).host] })
  const projects: Projects = createProjects({
    store: createProjectStore(table),
    memory: createProjectMemory(table),
    upstream,
    cronJobs,
    clock: systemClock,
    ids: systemIds,
    sleep: systemSleep,
    alarm: systemSleep,
  })
  return {
    projects,
    cronJobs,
    services,
    cluster,
    /** Units of the table spent since the last reading. */
    units: meter(client),
    /** Calls that went out since the start, by what was asked. */
    calls: () => ({ services: services.stats().calls, cluster: cluster.stats().calls }),
    async stop() {
      await services.close()
      await cluster.close()
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How often each call was made between two readings, those that were made at all. */
export function since(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  const counted = Object.entries(after).map(([call, count]) => [call, count - (before[call] ?? 0)] as const)
  return new Map(counted.filter(([, count]) => count > 0))
}

export const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)
