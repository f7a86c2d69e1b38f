/** A stand-in for a Kubernetes cluster: the API that CronJobs need, and the controller that runs them, in one folder. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, seconds, systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createFaults, type FaultPlan } from '#sandbox/github/http/faults'
import type { Entrance } from '../http/listen.ts'
import { type AdmissionRule, createAdmission } from './api/admission.ts'
import type { KubeObject } from './api/objects.ts'
import { createRights, type Denial } from './api/rbac.ts'
import { withDependents } from './api/remove.ts'
import { JOBS, NAMESPACES, SERVICE_ACCOUNTS } from './api/resources.ts'
import { create } from './api/write.ts'
import { createApp } from './app.ts'
import { createController } from './controller/controller.ts'
import type { Outcome } from './controller/jobs.ts'
import { createTally, type Stats } from './http/tally.ts'
import { createTokens } from './http/tokens.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { openStore } from './state/store.ts'
import { identityIn } from './tls/certificate.ts'
import { listen } from './tls/listen.ts'
import type { World } from './world.ts'

export interface ClusterOptions extends Entrance {
  /** Everything is kept here; starting on the same folder goes on where it ended, however it ended. */
  readonly dataDir: string
  /** The administrator's token; one is made and kept in the folder when there is none. */
  readonly token?: string
  /** With a clock of one's own, the controller works only when `tick` is called. */
  readonly clock?: Clock
  /** Namespaces to begin with, besides `default`. */
  readonly namespaces?: readonly string[]
  /** How long a Job runs, in milliseconds. */
  readonly jobMs?: number
  /** How a Job ends; well, unless told otherwise. */
  readonly outcomeOf?: (job: KubeObject) => Outcome
}

export interface StandInCluster {
  /** Root of the API. The same port answers plain http, for tools that do not know the certificate. */
  readonly url: string
  readonly kubeconfigPath: string
  readonly token: string
  /** PEM of the authority to trust. */
  readonly ca: string
  stats(): Stats
  /** Makes the next matching calls fail; `match.path` is matched against path and query. */
  fail(plan: FaultPlan): void
  /** Takes rights from everyone, so that the cluster answers 403. */
  deny(denials: readonly Denial[]): void
  /** Lets something refuse or rewrite every CronJob that is written from now on. */
  admit(rule: AdmissionRule): void
  /** Forgets faults not yet used up, denials, and what refuses and rewrites. */
  heal(): void
  /** A token of a service account, which must exist to be of use. */
  tokenOf(namespace: string, serviceAccount: string): string
  /** Lets the controller do what is due by now. */
  tick(): void
  /** May be called twice. */
  close(): Promise<void>
}

const NAMESPACE = 'dsm'
const JOB_MS = seconds(5)
const TICK_MS = seconds(1)

export async function startCluster(options: ClusterOptions): Promise<StandInCluster> {
  const { host = '127.0.0.1', port, doors, controlToken, dataDir } = options
  const { clock = systemClock, namespaces = [NAMESPACE] } = options
  const store = openStore(dataDir)
  const token = options.token ?? keptToken(dataDir)
  const identity = identityIn(dataDir, [host, 'localhost'], new Date(systemClock.now()))
  const world: World = {
    store,
    rights: createRights(store),
    admission: createAdmission(),
    tokens: createTokens(store, token),
    faults: createFaults(),
    tally: createTally(),
    clock,
    controller: createController({
      store,
      clock,
      jobMs: options.jobMs ?? JOB_MS,
      outcomeOf: options.outcomeOf ?? (() => 'Complete'),
      removal: (key, object) => withDependents(world, key, object),
      create: ({ namespace, name }, object) =>
        create(world, { resource: JOBS, namespace, name, subresource: undefined }, object, CONTROLLER).object,
    }),
  }
  for (const name of ['default', ...namespaces]) ensureNamespace(world, name)
  const listening = await listen(createApp(world, controlToken), identity, { host, port, doors }).catch(
    (error: unknown) => {
      store.close()
      throw error
    },
  )
  const url = `https://${host}:${listening.port}`
  const kubeconfigPath = join(dataDir, 'kubeconfig')
  writeKubeconfig(kubeconfigPath, {
    url,
    token,
    certificate: identity.certificate,
    namespace: namespaces[0] ?? 'default',
  })
  const timer = options.clock === undefined ? setInterval(world.controller.tick, TICK_MS) : undefined
  let closing: Promise<void> | undefined

  return {
    url,
    kubeconfigPath,
    token,
    ca: identity.certificate,
    stats: world.tally.stats,
    fail: world.faults.add,
    deny: world.rights.deny,
    admit: world.admission.add,
    heal() {
      world.faults.clear()
      world.rights.restore()
      world.admission.clear()
    },
    tokenOf: world.tokens.issue,
    tick: world.controller.tick,
    close() {
      clearInterval(timer)
      closing ??= listening.close().then(store.close)
      return closing
    },
  }
}

const CONTROLLER = { manager: 'kube-controller-manager', dryRun: false, unknownFields: 'Ignore' } as const

function ensureNamespace(world: World, name: string): void {
  const isThere = world.store.get({ resource: NAMESPACES, namespace: '', name }) !== undefined
  if (isThere) return
  const nowhere = { namespace: undefined, name: undefined, subresource: undefined }
  create(world, { ...nowhere, resource: NAMESPACES }, { metadata: { name } }, CONTROLLER)
  const account = { ...nowhere, resource: SERVICE_ACCOUNTS, namespace: name }
  create(world, account, { metadata: { name: 'default' } }, CONTROLLER)
}

function keptToken(folder: string): string {
  const path = join(folder, 'token')
  if (!existsSync(path)) writeFileSync(path, systemIds.secret(), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}
