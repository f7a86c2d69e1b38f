/** A fresh stand-in cluster per test, ended and swept away with it, and ways to talk to it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { BatchV1Api, KubeConfig } from '@kubernetes/client-node'
import { onTestFinished } from 'vitest'
import type { ClusterAccess } from '#lib/cluster/config'
import { type CronJobsOptions, createCronJobs } from '#lib/cluster/cronjobs'
import { DEFAULT_COMMAND, type JobSettings } from '#lib/cluster/manifest'
import type { CronJobSpec } from '#lib/projects/ports'
import { type ClusterOptions, type StandInCluster, startCluster } from '#sandbox/cluster/server'
import { CONTROL_TOKEN } from './control.ts'

const run = promisify(execFile)

/** Debian's package `kubernetes-client` brings it; without it the suites that need it are skipped. */
export const hasKubectl = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'kubectl')))

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-stand-in-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function aCluster(options: Partial<ClusterOptions> = {}): Promise<StandInCluster> {
  const cluster = await startCluster({
    ...{ port: 0, controlToken: CONTROL_TOKEN },
    ...{ dataDir: options.dataDir ?? (await aFolder()), ...options },
  })
  onTestFinished(() => cluster.close())
  return cluster
}

export interface Said {
  readonly out: string
  readonly err: string
  readonly failed: boolean
}

export type Kubectl = (args: readonly string[], input?: unknown) => Promise<Said>

/** The real kubectl; `input` goes to its standard input as JSON, for `-f -`. */
export function kubectlOf({ kubeconfigPath }: Pick<StandInCluster, 'kubeconfigPath'>): Kubectl {
  const cache = `${kubeconfigPath}.cache`
  return async (args, input) => {
    const child = run('kubectl', ['--kubeconfig', kubeconfigPath, '--cache-dir', cache, ...args], { timeout: 20_000 })
    child.child.stdin?.end(input === undefined ? '' : JSON.stringify(input))
    return child.then(
      ({ stdout, stderr }) => ({ out: stdout, err: stderr, failed: false }),
      ({ stdout = '', stderr = '' }) => ({ out: stdout, err: stderr, failed: true }),
    )
  }
}

/** The official client, as it comes. */
export function aBatchApi({ kubeconfigPath }: Pick<StandInCluster, 'kubeconfigPath'>): BatchV1Api {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfigPath)
  return config.makeApiClient(BatchV1Api)
}

export const JOB: JobSettings = {
  namespace: 'dsm',
  image: 'curlimages/curl:8.11.1',
  command: DEFAULT_COMMAND,
  environment: { SPRINT_SERVICE_URL: 'http://sprint-service.dsm.svc.cluster.local' },
  serviceAccount: 'dsm-job-runner-sa',
  pullSecret: 'agile-corp-reg-secret',
  startingDeadlineSeconds: 300,
}

/** The spec that the demonstration of the contract uses. */
export function aSpec(changes: Partial<CronJobSpec> = {}): CronJobSpec {
  return { project: 'TEST-001', sprint: 'TEST-001-S12', schedule: '0 14 * * 1-5', time_zone: null, ...changes }
}

/** Our client, waiting no real time; `pauses` notes what it would have slept. */
export function ourCronJobs(cluster: StandInCluster, options: Partial<CronJobsOptions> = {}) {
  const access: ClusterAccess = { kind: 'address', url: cluster.url, token: cluster.token, ca: cluster.ca }
  const pauses: number[] = []
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms)
  return { cronJobs: createCronJobs({ access, job: JOB, sleep, chance: () => 0.5, ...options }), pauses }
}

/** Somebody else's CronJob. */
export function aCronJob(name: string, changes: { readonly spec?: object; readonly labels?: object } = {}) {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, labels: changes.labels ?? {} },
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37' }] } } },
      },
      ...changes.spec,
    },
  }
}
