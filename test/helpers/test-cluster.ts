/** What a test may do to an API server beside our own client: as an administrator, and as the cluster's policies. */
import type { ClusterAccess } from '#lib/cluster/config'
import type { AdmissionRule } from '#sandbox/cluster/api/admission'
import { aCluster } from './cluster.ts'

export interface Answered {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface TestCluster {
  /** Of this test alone. */
  readonly namespace: string
  /** As Coxswain. */
  readonly access: ClusterAccess
  /** As the administrator. `type` is what follows `application/`. */
  admin(method: string, path: string, body?: unknown, type?: string): Promise<Answered>
  /** Lets something refuse or rewrite the CronJobs of the namespace; in force when this returns. */
  admit(rule: AdmissionRule): Promise<void>
  /** Ends what refuses and rewrites. */
  settle(): Promise<void>
}

export async function askAs(token: string, url: string, request: RequestInit & { type?: string }): Promise<Answered> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': `application/${request.type ?? 'json'}` }
  const answer = await fetch(url, { ...request, headers })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** The stand-in, new for each test. */
export async function aStandInCluster(): Promise<TestCluster> {
  const cluster = await aCluster()
  const url = cluster.url.replace('https', 'http')
  return {
    namespace: 'dsm',
    access: { kind: 'address', url: cluster.url, token: cluster.token, ca: cluster.ca },
    admin: (method, path, body, type) =>
      askAs(cluster.token, url + path, {
        method,
        ...(type !== undefined && { type }),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    admit: async (rule) => cluster.admit(rule),
    settle: async () => cluster.heal(),
  }
}
