/** The projects job without a cluster, with its real parts: what most of its functions need. One set per container. */
import { seconds, systemClock, systemSleep } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createProjectStore } from '#lib/store/projects'
import { createProjectMemory } from '#lib/store/projects-memory'
import { theTable } from '#lib/store/wiring'
import { createUpstream } from '#lib/upstream/upstream'
import { createKnowledge, type Knowledge, type ProjectsPorts } from './projects.ts'
import { notConfigured, readServices } from './settings.ts'

const services = readServices()
const { ALLOW_PRIVATE_URLS: allowed } = readConfig({ ALLOW_PRIVATE_URLS: settings.ALLOW_PRIVATE_URLS })

const table = theTable()

const upstream =
  services &&
  createUpstream({
    project: services.PROJECT_SERVICE_URL,
    backlog: services.BACKLOG_SERVICE_URL,
    sprint: services.SPRINT_SERVICE_URL,
    chronicle: services.CHRONICLE_SERVICE_URL,
    allowed,
  })

const parts = {
  store: createProjectStore(table),
  memory: createProjectMemory(table),
  clock: systemClock,
  ids: systemIds,
  sleep: systemSleep,
  alarm: systemSleep,
}

/** A request must be answered within 29 s; what it asks of the services is to be over before. */
const REQUEST_MS = seconds(24)

/** All but the cluster, on behalf of one request: its correlation id and its deadline travel to the services that are asked. */
export function portsFor(correlationId: string): Omit<ProjectsPorts, 'cronJobs'> {
  if (upstream === undefined) throw notConfigured('services')
  const deadline = systemClock.now() + REQUEST_MS
  return { ...parts, upstream: upstream.onBehalfOf({ correlationId, deadline }) }
}

/** The same for a scheduled run, whose calls each have a deadline of their own. */
export function portsInBackground(correlationId: string): Omit<ProjectsPorts, 'cronJobs'> {
  if (upstream === undefined) throw notConfigured('services')
  return { ...parts, upstream: upstream.onBehalfOf({ correlationId }) }
}

export function knowledgeFor(correlationId: string): Knowledge {
  return createKnowledge(portsFor(correlationId))
}

export function knowledgeInBackground(correlationId: string): Knowledge {
  return createKnowledge(portsInBackground(correlationId))
}
