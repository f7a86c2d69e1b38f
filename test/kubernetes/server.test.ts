/** What only a real API server can show: its controllers, its admission, its tokens, and answers like those recorded. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as yaml from 'yaml'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { aFolder, aSpec, hasKubectl, JOB, kubectlOf } from '#test/helpers/cluster'
import { aRealCluster, RBAC, theServer, tokenOf, until } from '#test/helpers/real-cluster'
import type { TestCluster } from '#test/helpers/test-cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'
const batch = (namespace: string, rest: string) => `/apis/batch/v1/namespaces/${namespace}/${rest}`

const ours = ({ access, namespace }: TestCluster) => createCronJobs({ access, job: { ...JOB, namespace } })

describe('deploy/rbac.yaml', () => {
  it.skipIf(!hasKubectl)(
    'is applied at once to a cluster without the namespace, and grants all that is needed',
    async () => {
      const { path, url, ca, admin } = theServer()
      onTestFinished(() => void admin('DELETE', '/api/v1/namespaces/dsm'))
      const folder = await aFolder()
      const kubeconfigPath = join(folder, 'kubeconfig')
      await writeFile(kubeconfigPath, yaml.stringify(yaml.parse(await read(path))))

      expect(await kubectlOf({ kubeconfigPath })(['apply', '-f', RBAC])).toMatchObject({ failed: false })

      const access = { kind: 'address', url, token: await tokenOf('dsm', 'coxswain'), ca } as const
      const cronJobs = createCronJobs({ access, job: JOB })
      expect(await cronJobs.preflight()).toEqual([])
      expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'created' })
      expect(await cronJobs.list()).toHaveLength(1)
      expect(await cronJobs.remove('TEST-001', NAME)).toBe('deleted')
    },
  )
})

describe('the CronJob controller', () => {
  it('makes a Job of a CronJob of ours', async () => {
    const cluster = await aRealCluster()
    await ours(cluster).apply(aSpec({ schedule: '* * * * *' }))
    const jobs = async () => (await cluster.admin('GET', batch(cluster.namespace, 'jobs'))).body['items'] as object[]

    await until(async () => (await jobs()).length > 0, 75_000)

    expect(await jobs()).toMatchObject([{ metadata: { ownerReferences: [{ kind: 'CronJob', name: NAME }] } }])
    expect(await ours(cluster).list()).toMatchObject([{ active: 1, last_schedule_at: expect.any(Number) }])
    expect((await ours(cluster).list())[0]?.drift(aSpec({ schedule: '* * * * *' }))).toEqual([])
  })
})

describe('a refusal of the real server', () => {
  it('for want of a right names the verb that is missing', async () => {
    const cluster = await aRealCluster()
    const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${cluster.namespace}/roles/coxswain`
    const rules = [{ apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'patch'] }]
    await cluster.admin('PATCH', role, { rules }, 'merge-patch+json')

    await until(async () => (await ours(cluster).preflight()).length > 0)

    await expect(ours(cluster).apply(aSpec())).rejects.toMatchObject({
      code: 'forbidden',
      message: `The cluster does not allow us to create cronjobs in namespace ${cluster.namespace}: grant it in the Role.`,
    })
  })

  it('by a namespace that terminates is told in its words', async () => {
    const cluster = await aRealCluster()
    // Without the namespace controller it stays so.
    await cluster.admin('DELETE', `/api/v1/namespaces/${cluster.namespace}`)

    const refused = ours(cluster).apply(aSpec(), null)

    await expect(refused).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('because it is being terminated'),
      details: { refused_by: 'namespace' },
    })
  })

  it('because of a webhook that is dead names the webhook', async () => {
    const cluster = await aRealCluster()
    await cluster.admit({ kind: 'dead_webhook', name: `gate.${cluster.namespace}.corp`, url: 'https://127.0.0.1:1/' })

    await expect(ours(cluster).apply(aSpec(), null)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining(`failed calling webhook "gate.${cluster.namespace}.corp"`),
    })
  })
})

describe('a kubeconfig for the real server', () => {
  it('whose token file is rotated, or whose plugin answers otherwise, is read again', async () => {
    const cluster = await aRealCluster()
    const folder = await aFolder()
    const [path, tokenFile] = [join(folder, 'config'), join(folder, 'token')]
    const kubeconfig = yaml.parse(await read(theServer().path)) as { users: { name: string; user: object }[] }
    const users = [{ name: kubeconfig.users[0]?.name, user: { tokenFile: 'token' } }]
    await writeFile(path, yaml.stringify({ ...kubeconfig, users }))
    await writeFile(tokenFile, 'expired')
    const cronJobs = ours({ ...cluster, access: { kind: 'kubeconfig', path } })
    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'forbidden', details: { status: 401 } })

    await writeFile(tokenFile, await tokenOf(cluster.namespace, 'coxswain'))
    expect(await cronJobs.list()).toEqual([])

    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', PLUGIN, 'plugin', tokenFile],
    }
    await writeFile(path, yaml.stringify({ ...kubeconfig, users: [{ name: users[0]?.name, user: { exec } }] }))
    expect(await ours({ ...cluster, access: { kind: 'kubeconfig', path } }).list()).toEqual([])
  })
})

const PLUGIN = `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat "$1")"`

const read = (path: string): Promise<string> => readFile(path, 'utf8')
