/** The functions of projects as Lambda loads them, over a real table, stand-in services and a stand-in cluster. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HttpHandler } from '#lib/http/create-api'
import { startCluster } from '#sandbox/cluster/server'
import { startUpstream } from '#sandbox/upstream/server'
import { aTable } from '../dynamodb.ts'
import { type RequestOptions, send, tokenOf } from '../http.ts'

const load = async () => ({
  'POST /orchestrate/project/{project_id}': (await import('#functions/projects/orchestrate')).handler,
  'GET /orchestrate/project/{project_id}/status': (await import('#functions/projects/status')).handler,
  'DELETE /orchestrate/project/{project_id}/cronjob/{name}': (await import('#functions/projects/remove-cronjob'))
    .handler,
  'GET /orchestrate/intelligence/strategies': (await import('#functions/projects/strategies')).handler,
  'GET /orchestrate/intelligence/data-quality/{project_id}': (await import('#functions/projects/data-quality')).handler,
  'GET /orchestrate/project/{project_id}/decisions': (await import('#functions/projects/decisions')).handler,
  'POST /orchestrate/decisions/{decision_id}/replay': (await import('#functions/projects/replay')).handler,
  'GET /orchestrate/project/{project_id}/policy': (await import('#functions/projects/policy')).get,
  'PUT /orchestrate/project/{project_id}/policy': (await import('#functions/projects/policy')).put,
  'POST /orchestrate/project/{project_id}/pause': (await import('#functions/projects/pause')).handler,
  'POST /orchestrate/sweep': (await import('#functions/projects/sweep')).now,
})

export type ProjectRoute = keyof Awaited<ReturnType<typeof load>>

/** Sets the environment and loads every function. Once per test file: modules keep what they read. */
export async function startProjectFunctions() {
  const local = await aTable()
  const dataDir = await mkdtemp(join(tmpdir(), 'coxswain-projects-'))
  const services = await startUpstream({ port: 0, dataDir: join(dataDir, 'upstream') })
  const cluster = await startCluster({ port: 0, dataDir: join(dataDir, 'cluster'), namespaces: ['dsm'] })
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    COXSWAIN_TABLE: local.name,
    DYNAMODB_ENDPOINT: local.endpoint,
    LOG_LEVEL: 'ERROR',
    PROJECT_SERVICE_URL: services.urls.project,
    BACKLOG_SERVICE_URL: services.urls.backlog,
    SPRINT_SERVICE_URL: services.urls.sprint,
    CHRONICLE_SERVICE_URL: services.urls.chronicle,
    ALLOW_PRIVATE_URLS: new URL(services.url).host,
    KUBECONFIG: cluster.kubeconfigPath,
    K8S_API_URL: '',
    K8S_NAMESPACE: 'dsm',
  })
  const routes = await load()
  const { schedule } = await import('#functions/projects/sweep')
  const { handler: learn } = await import('#functions/projects/learn')
  const call = (route: ProjectRoute, options: RequestOptions = {}) =>
    send(routes[route] as HttpHandler, { route, ...options })

  return {
    ...local,
    services,
    cluster,
    routes: Object.keys(routes) as ProjectRoute[],
    schedule,
    learn,
    call,
    asOperator: (route: ProjectRoute, options: RequestOptions = {}) =>
      call(route, { told: tokenOf('olga', 'operator'), ...options }),
    asReader: (route: ProjectRoute, options: RequestOptions = {}) =>
      call(route, { told: tokenOf('rita', 'reader'), ...options }),
    async stop() {
      await services.close()
      await cluster.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
