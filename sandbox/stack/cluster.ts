/** The cluster: the one that is configured, or the stand-in with its kubeconfig. */
import { join } from 'node:path'
import { startCluster as startStandIn } from '../cluster/server.ts'
import type { Part, StandInEntrance } from './part.ts'
import { freePort } from './ports.ts'

export interface ClusterPart extends Part {
  readonly isStandIn: boolean
  /** What the functions are to be told; empty when the environment says it already. */
  readonly env: Readonly<Record<string, string>>
}

export interface ClusterOptions {
  /** The variables that lead to a cluster, none where there is none; undefined starts the stand-in. */
  readonly configured: Readonly<Record<string, string>> | undefined
  readonly namespace: string
  readonly dataDir: string
  readonly preferred: number
  readonly entrance: StandInEntrance
}

export async function startCluster(options: ClusterOptions): Promise<ClusterPart> {
  const { configured, namespace } = options
  if (configured !== undefined) {
    const name = Object.keys(configured).length === 0 ? 'no cluster' : 'cluster'
    return { name, isStandIn: false, env: configured, stop: async () => undefined }
  }
  const port = await freePort(options.preferred)
  const dataDir = join(options.dataDir, 'cluster')
  const standIn = await startStandIn({ ...options.entrance, port, dataDir, namespaces: [namespace] })
  const env = { KUBECONFIG: standIn.kubeconfigPath, K8S_NAMESPACE: namespace }
  const name = `cluster stand-in  KUBECONFIG=${standIn.kubeconfigPath}`
  return { name, url: standIn.url, isStandIn: true, env, stop: standIn.close }
}
