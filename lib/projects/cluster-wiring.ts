/** The projects job with a cluster. Apart from the rest because the Kubernetes client weighs ten times all else together. */
import { clusterConfig, clusterSettings, isReachable } from '#lib/cluster/config'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { readConfig, settings } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createProjectStore } from '#lib/store/projects'
import { theTable } from '#lib/store/wiring'
import { createProjects, type Projects } from './projects.ts'
import { notConfigured } from './settings.ts'
import { portsFor, portsInBackground } from './wiring.ts'

const store = createProjectStore(theTable())
const installation = { known: store.installation, own: () => store.establish(systemIds.uuid()) }
const config = readConfig({ ...clusterSettings, COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL })
/** Only a laptop may go without a cluster, when there are no stand-ins. */
const isOff = config.COXSWAIN_LOCAL && !isReachable(config)
const cronJobs = isOff ? undefined : createCronJobs({ ...clusterConfig(config), installation })

/** The job on behalf of one request. */
export function projectsFor(correlationId: string): Projects {
  const ports = portsFor(correlationId)
  if (cronJobs === undefined) throw notConfigured('cluster')
  return createProjects({ ...ports, cronJobs })
}

/** The job on behalf of a schedule. */
export function projectsInBackground(correlationId: string): Projects {
  const ports = portsInBackground(correlationId)
  if (cronJobs === undefined) throw notConfigured('cluster')
  return createProjects({ ...ports, cronJobs })
}
