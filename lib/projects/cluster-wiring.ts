/** The projects job with a cluster. Apart from the rest because the Kubernetes client weighs ten times all else together. */
import { clusterConfig, clusterSettings } from '#lib/cluster/config'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { readConfig } from '#lib/config'
import { systemIds } from '#lib/ids'
import { createProjectStore } from '#lib/store/projects'
import { theTable } from '#lib/store/wiring'
import { createProjects, type Projects } from './projects.ts'
import { portsFor, portsInBackground } from './wiring.ts'

const store = createProjectStore(theTable())
const installation = { known: store.installation, own: () => store.establish(systemIds.uuid()) }
const cronJobs = createCronJobs({ ...clusterConfig(readConfig(clusterSettings)), installation })

/** The job on behalf of one request. */
export function projectsFor(correlationId: string): Projects {
  return createProjects({ ...portsFor(correlationId), cronJobs })
}

/** The job on behalf of a schedule. */
export function projectsInBackground(correlationId: string): Projects {
  return createProjects({ ...portsInBackground(correlationId), cronJobs })
}
