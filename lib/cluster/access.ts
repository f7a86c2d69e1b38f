/** Opens the way into the cluster: loads the Kubernetes client, which takes half a second, when it is first needed. */
import type {
  AuthorizationV1Api,
  BatchV1Api,
  KubeConfig,
  Middleware,
  SecurityAuthentication,
} from '@kubernetes/client-node'
import type { Clock } from '#lib/clock'
import type { ClusterAccess } from './config.ts'
import { createEksTokens } from './eks.ts'
import { pluginFailed } from './errors.ts'
import { type FileReader, loadKubeconfig, tokenFileOf, tokenIn } from './kubeconfig.ts'

export interface Apis {
  readonly batch: BatchV1Api
  readonly authorization: AuthorizationV1Api
}

export interface AccessOptions {
  readonly clock: Clock
  /** Milliseconds for one request. */
  readonly timeoutMs: number
}

export interface ApiLoader {
  /** Loads the client on the first call, once; a failure is not kept. */
  load(): Promise<Apis>
  /** Lets the next call read files and ask for credentials anew; false where there is nothing to read. */
  renew(): boolean
}

export function createApis(access: ClusterAccess, options: AccessOptions): ApiLoader {
  let loading: Promise<Apis> | undefined
  return {
    load() {
      loading ??= load(access, options).catch((error: unknown) => {
        loading = undefined
        throw error
      })
      return loading
    },
    renew() {
      loading = undefined
      return access.kind !== 'address'
    },
  }
}

async function load(access: ClusterAccess, options: AccessOptions): Promise<Apis> {
  const client = await import('@kubernetes/client-node')
  const { AuthorizationV1Api, BatchV1Api, createConfiguration, ServerConfiguration } = client
  const kubeConfig = new client.KubeConfig()
  configure(kubeConfig, access, client)
  const server = kubeConfig.getCurrentCluster()?.server ?? ''
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: authentication(kubeConfig) },
    promiseMiddleware: [
      bounded(options.timeoutMs),
      ...tokens(tokenSource({ access, kubeConfig, client }, options.clock)),
    ],
  })
  return { batch: new BatchV1Api(configuration), authorization: new AuthorizationV1Api(configuration) }
}

function configure(kubeConfig: KubeConfig, access: ClusterAccess, client: FileReader): void {
  if (access.kind === 'in_cluster') kubeConfig.loadFromCluster()
  else if (access.kind === 'kubeconfig') loadKubeconfig(kubeConfig, access.path, client)
  else {
    const user = { name: 'coxswain', ...(access.kind === 'address' && { token: access.token }) }
    kubeConfig.loadFromClusterAndUser(clusterOf(access), user)
  }
}

/** The client's own; a credential plugin that fails is named. */
function authentication(kubeConfig: KubeConfig): SecurityAuthentication {
  const plugin: unknown = kubeConfig.getCurrentUser()?.exec?.command
  return {
    getName: () => 'kubeconfig',
    async applySecurityAuthentication(context) {
      try {
        await kubeConfig.applySecurityAuthentication(context)
      } catch (cause) {
        throw typeof plugin === 'string' ? pluginFailed(plugin, cause) : cause
      }
    },
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

/** Where the token of each request comes from; undefined when the client has it. */
function tokenSource(
  { access, kubeConfig, client }: { access: ClusterAccess; kubeConfig: KubeConfig; client: FileReader },
  clock: Clock,
): (() => Promise<string>) | undefined {
  if (access.kind === 'eks') return createEksTokens({ cluster: access.cluster, region: access.region, clock })
  const file = tokenFileOf(kubeConfig, access.kind === 'kubeconfig' ? access.path : undefined, client)
  return file === undefined ? undefined : async () => tokenIn(file)
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

function tokens(token: (() => Promise<string>) | undefined): readonly Middleware[] {
  if (token === undefined) return []
  const pre: Middleware['pre'] = async (request) => {
    request.setHeaderParam('Authorization', `Bearer ${await token()}`)
    return request
  }
  return [{ pre, post: unchanged }]
}
