/** Opens the way into the cluster: loads the Kubernetes client, which takes half a second, when it is first needed. */
import { delimiter } from 'node:path'
import type { AuthorizationV1Api, BatchV1Api, KubeConfig, Middleware } from '@kubernetes/client-node'
import type { Clock } from '#lib/clock'
import type { ClusterAccess } from './config.ts'
import { createEksTokens } from './eks.ts'

export interface Apis {
  readonly batch: BatchV1Api
  readonly authorization: AuthorizationV1Api
}

export interface AccessOptions {
  readonly clock: Clock
  /** Milliseconds for one request. */
  readonly timeoutMs: number
}

/** Loads the client on the first call, once; a failure is not kept. */
export function createApis(access: ClusterAccess, options: AccessOptions): () => Promise<Apis> {
  let loading: Promise<Apis> | undefined
  return () => {
    loading ??= load(access, options).catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}

async function load(access: ClusterAccess, options: AccessOptions): Promise<Apis> {
  const { AuthorizationV1Api, BatchV1Api, createConfiguration, KubeConfig, ServerConfiguration } = await import(
    '@kubernetes/client-node'
  )
  const kubeConfig = new KubeConfig()
  configure(kubeConfig, access, () => new KubeConfig())
  const server = kubeConfig.getCurrentCluster()?.server ?? ''
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: kubeConfig },
    promiseMiddleware: [bounded(options.timeoutMs), ...tokens(access, options.clock)],
  })
  return { batch: new BatchV1Api(configuration), authorization: new AuthorizationV1Api(configuration) }
}

function configure(kubeConfig: KubeConfig, access: ClusterAccess, another: () => KubeConfig): void {
  if (access.kind === 'in_cluster') kubeConfig.loadFromCluster()
  else if (access.kind === 'kubeconfig') loadFiles(kubeConfig, access.path, another)
  else {
    const user = { name: 'coxswain', ...(access.kind === 'address' && { token: access.token }) }
    kubeConfig.loadFromClusterAndUser(clusterOf(access), user)
  }
}

function loadFiles(kubeConfig: KubeConfig, path: string, another: () => KubeConfig): void {
  const [first = path, ...others] = path.split(delimiter).filter((one) => one !== '')
  kubeConfig.loadFromFile(first)
  for (const other of others) {
    const more = another()
    more.loadFromFile(other)
    kubeConfig.mergeConfig(more, true)
  }
}

function clusterOf({ url, ca }: { readonly url: string; readonly ca: string | undefined }) {
  return {
    name: 'cluster',
    server: url,
    // The client wants this for plain http, which the configuration allows on this machine alone.
    skipTLSVerify: url.startsWith('http:'),
    ...(ca !== undefined && { caData: Buffer.from(ca).toString('base64') }),
  }
}

const unchanged: Middleware['post'] = async (response) => response

function bounded(timeoutMs: number): Middleware {
  return {
    pre: async (request) => {
      request.setSignal(AbortSignal.timeout(timeoutMs))
      return request
    },
    post: unchanged,
  }
}

function tokens(access: ClusterAccess, clock: Clock): readonly Middleware[] {
  if (access.kind !== 'eks') return []
  const token = createEksTokens({ cluster: access.cluster, region: access.region, clock })
  const pre: Middleware['pre'] = async (request) => {
    request.setHeaderParam('Authorization', `Bearer ${await token()}`)
    return request
  }
  return [{ pre, post: unchanged }]
}
