import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { minutes } from '#lib/clock'
import type { ClusterAccess } from '#lib/cluster/config'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { manifestOf } from '#lib/cluster/manifest'
import type { StandInCluster } from '#sandbox/cluster/server'
import { aClock } from '#test/helpers/clock'
import {
  aBatchApi,
  aCluster,
  aCronJob,
  aFolder,
  aSpec,
  hasKubectl,
  JOB,
  kubectlOf,
  ourCronJobs,
} from '#test/helpers/cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'
const CRONJOBS = /\/cronjobs/

describe.skipIf(!hasKubectl)('applying a CronJob', () => {
  it('creates it, and does nothing when it is there already', async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)

    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'created' })
    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'unchanged' })

    const { metadata } = await aBatchApi(cluster).readNamespacedCronJob({ name: NAME, namespace: 'dsm' })
    expect(metadata?.managedFields).toMatchObject([{ manager: 'coxswain' }])
    expect(cluster.stats().calls).toMatchObject({ 'create cronjobs': 1 })
    expect(cluster.stats().calls).not.toHaveProperty('patch cronjobs')
  })

  it('makes one of many at the same time', async () => {
    const cluster = await aCluster()

    const outcomes = await Promise.all(Array.from({ length: 8 }, () => ourCronJobs(cluster).cronJobs.apply(aSpec())))

    expect(new Set(outcomes.map(({ name }) => name))).toEqual(new Set([NAME]))
    expect(await ourCronJobs(cluster).cronJobs.list()).toHaveLength(1)
  })

  it.each([
    ['a schedule', [{ op: 'replace', path: '/spec/schedule', value: '* * * * *' }]],
    ['a suspension', [{ op: 'replace', path: '/spec/suspend', value: true }]],
    ['an image', [{ op: 'replace', path: '/spec/jobTemplate/spec/template/spec/containers/0/image', value: 'x:1' }]],
    ['a label', [{ op: 'remove', path: '/metadata/labels/project' }]],
    ['a time zone that was added', [{ op: 'add', path: '/spec/timeZone', value: 'Asia/Tokyo' }]],
    [
      'a container that was added',
      [{ op: 'add', path: '/spec/jobTemplate/spec/template/spec/containers/-', value: { name: 'x', image: 'x:1' } }],
    ],
  ])('takes back %s', async (_, change) => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec())
    await kubectlOf(cluster)(['patch', 'cronjob', NAME, '--type=json', '-p', JSON.stringify(change)])
    const [drifted] = await cronJobs.list()
    expect(drifted?.drift(aSpec())).toHaveLength(1)

    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'repaired' })

    const [repaired] = await cronJobs.list()
    expect(repaired?.drift(aSpec())).toEqual([])
    expect(await cronJobs.apply(aSpec())).toMatchObject({ outcome: 'unchanged' })
  })

  it('leaves what others added to it and what does no harm', async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec())
    await kubectlOf(cluster)(['label', 'cronjob', NAME, 'cost-centre=42'])
    await kubectlOf(cluster)(['patch', 'cronjob', NAME, '-p', '{"spec":{"suspend":true}}'])

    await cronJobs.apply(aSpec())

    const { metadata, spec } = await aBatchApi(cluster).readNamespacedCronJob({ name: NAME, namespace: 'dsm' })
    expect(metadata?.labels).toMatchObject({ 'cost-centre': '42' })
    expect(spec?.suspend).toBe(false)
  })

  it("never touches a stranger's object of the same name", async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await kubectlOf(cluster)(['create', '-f', '-'], aCronJob(NAME))

    await expect(cronJobs.apply(aSpec())).rejects.toMatchObject({ code: 'conflict', details: { reason: 'not_ours' } })

    const { spec } = await aBatchApi(cluster).readNamespacedCronJob({ name: NAME, namespace: 'dsm' })
    expect(spec?.schedule).toBe('*/5 * * * *')
    expect(await cronJobs.remove('TEST-001', NAME)).toBe('absent')
  })

  it('reads back after a 409: ours is success', async () => {
    const ours = { ...manifestOf(aSpec(), JOB), status: {} }
    const { cronJobs, asked } = await aScriptedCluster([
      [404, { kind: 'Status', details: { kind: 'cronjobs' } }],
      [409, { kind: 'Status', reason: 'AlreadyExists' }],
      [200, ours],
    ])

    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'unchanged' })
    expect(asked).toEqual(['GET', 'POST', 'GET'])
  })

  it("reads back after a 409: a stranger's is a conflict", async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await kubectlOf(cluster)(['create', '-f', '-'], aCronJob(NAME))

    await expect(cronJobs.apply(aSpec(), null)).rejects.toMatchObject({
      code: 'conflict',
      details: { reason: 'not_ours' },
    })
  })
})

describe.skipIf(!hasKubectl)('listing', () => {
  it('finds ours by label, all pages of it, with what matters to the sweep', async () => {
    const clock = aClock()
    const cluster = await aCluster({ clock })
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec({ schedule: '* * * * *' }))
    await cronJobs.apply(aSpec({ project: 'odd project/ß', sprint: 'S 1' }))
    await kubectlOf(cluster)(['create', '-f', '-'], aCronJob('foreign'))
    clock.advance(minutes(2))
    cluster.tick()

    const all = await cronJobs.list()

    expect(all).toHaveLength(2)
    expect(all.find(({ name }) => name === NAME)).toMatchObject({
      project: 'TEST-001',
      sprint: 'TEST-001-S12',
      schedule: '* * * * *',
      suspended: false,
      created_at: clock.now() - minutes(2),
      last_schedule_at: clock.now(),
      active: 1,
    })
    expect(await cronJobs.ofProject('odd project/ß')).toMatchObject([{ project: 'odd project/ß', sprint: 'S 1' }])
    expect(await cronJobs.ofProject('TEST-002')).toEqual([])
    expect(cluster.stats().calls['list cronjobs']).toBe(3)
  })

  it('starts over without pages when the list expires under way', async () => {
    const page = (items: object[], next?: string) => ({ metadata: { continue: next }, items })
    const one = manifestOf(aSpec(), JOB)
    const { cronJobs, urls } = await aScriptedCluster([
      [200, page([one], 'next-page')],
      [410, { kind: 'Status', reason: 'Expired' }],
      [200, page([one, manifestOf(aSpec({ sprint: 'TEST-001-S13' }), JOB)])],
    ])

    expect(await cronJobs.list()).toHaveLength(2)
    expect(urls.map((url) => new URL(url, 'http://x').searchParams.get('limit'))).toEqual(['500', '500', '0'])
    expect(urls[1]).toContain('continue=next-page')
  })
})

describe.skipIf(!hasKubectl)('removing', () => {
  it('takes away the CronJob with its Jobs, once', async () => {
    const clock = aClock()
    const cluster = await aCluster({ clock })
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec({ schedule: '* * * * *' }))
    clock.advance(minutes(2))
    cluster.tick()

    expect(await cronJobs.remove('TEST-001', NAME)).toBe('deleted')

    expect(await cronJobs.remove('TEST-001', NAME)).toBe('absent')
    expect((await aBatchApi(cluster).listNamespacedJob({ namespace: 'dsm' })).items).toEqual([])
  })

  it("leaves another project's alone", async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await cronJobs.apply(aSpec())

    expect(await cronJobs.remove('TEST-002', NAME)).toBe('absent')

    expect(await cronJobs.list()).toHaveLength(1)
  })

  it('reports a conflict when the name changed hands in the meantime', async () => {
    const found = { ...manifestOf(aSpec(), JOB) }
    const { cronJobs } = await aScriptedCluster([
      [200, { ...found, metadata: { ...found.metadata, uid: 'old' } }],
      [409, { kind: 'Status', reason: 'Conflict' }],
    ])

    await expect(cronJobs.remove('TEST-001', NAME)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe.skipIf(!hasKubectl)('the pre-flight', () => {
  it('finds nothing missing with what deploy/rbac.yaml grants, and all calls go through', async () => {
    const cluster = await aCluster()
    const applied = await kubectlOf(cluster)(['apply', '-f', join(import.meta.dirname, '../../../deploy/rbac.yaml')])
    expect(applied).toMatchObject({ failed: false })
    const { cronJobs } = ourCronJobs(cluster, { access: asServiceAccount(cluster) })

    expect(await cronJobs.preflight()).toEqual([])
    expect(await cronJobs.apply(aSpec())).toMatchObject({ outcome: 'created' })
    expect(await cronJobs.list()).toHaveLength(1)
    expect(await cronJobs.remove('TEST-001', NAME)).toBe('deleted')
  })

  it('names the verb and resource that a Role leaves out', async () => {
    const cluster = await aCluster()
    const kubectl = kubectlOf(cluster)
    await kubectl(['apply', '-f', join(import.meta.dirname, '../../../deploy/rbac.yaml')])
    const rules = [
      { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'watch', 'create', 'update'] },
    ]
    await kubectl(['patch', 'role', 'coxswain', '--type=merge', '-p', JSON.stringify({ rules })])
    const { cronJobs } = ourCronJobs(cluster, { access: asServiceAccount(cluster) })

    expect(await cronJobs.preflight()).toEqual([
      { verb: 'patch', resource: 'cronjobs' },
      { verb: 'delete', resource: 'cronjobs' },
      { verb: 'get', resource: 'jobs' },
      { verb: 'list', resource: 'jobs' },
    ])
  })
})

describe.skipIf(!hasKubectl)('a cluster that refuses', () => {
  it('is asked once, and the missing verb and resource are named', async () => {
    const cluster = await aCluster()
    cluster.deny([{ verb: 'list', resource: 'cronjobs' }])
    const { cronJobs, pauses } = ourCronJobs(cluster)

    await expect(cronJobs.list()).rejects.toMatchObject({
      code: 'forbidden',
      message: 'The cluster does not allow us to list cronjobs in namespace dsm: grant it in the Role.',
      details: { service: 'cluster', verb: 'list', resource: 'cronjobs', namespace: 'dsm' },
    })
    expect(pauses).toEqual([])
    expect(cluster.stats().calls).toEqual({ 'list cronjobs': 1 })
  })

  it('because of the credentials says so', async () => {
    const cluster = await aCluster()
    const access = { kind: 'address', url: cluster.url, token: 'wrong', ca: cluster.ca } as const

    await expect(ourCronJobs(cluster, { access }).cronJobs.list()).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('for want of the namespace names it', async () => {
    const cluster = await aCluster({ namespaces: ['other'] })

    await expect(ourCronJobs(cluster).cronJobs.apply(aSpec())).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'The cluster has no namespace dsm: create it, or set K8S_NAMESPACE.',
    })
  })

  it('a schedule it cannot read names the field', async () => {
    const cluster = await aCluster()

    await expect(ourCronJobs(cluster).cronJobs.apply(aSpec({ schedule: 'at noon' }))).rejects.toMatchObject({
      code: 'invalid',
      errors: [{ path: 'spec.schedule' }],
    })
  })

  it('with 429 is left in peace for the time it asks for', async () => {
    const clock = aClock()
    const cluster = await aCluster()
    cluster.fail({ match: { path: CRONJOBS }, status: 429, retryAfter: 7 })
    const { cronJobs, pauses } = ourCronJobs(cluster, { clock })

    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 7 })
    clock.advance(6_999)
    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 1 })
    clock.advance(1)
    expect(await cronJobs.list()).toEqual([])

    expect(pauses).toEqual([])
    expect(cluster.stats().statuses).toEqual({ 200: 1, 429: 1 })
  })
})

describe.skipIf(!hasKubectl)('a cluster in trouble', () => {
  it('is asked again for what changes nothing, with growing pauses', async () => {
    const cluster = await aCluster()
    cluster.fail({ match: { path: CRONJOBS }, status: 503, times: 2 })
    const { cronJobs, pauses } = ourCronJobs(cluster)

    expect(await cronJobs.list()).toEqual([])
    expect(pauses).toEqual([500, 1000])
  })

  it('is given up after three attempts', async () => {
    const cluster = await aCluster()
    cluster.fail({ match: { path: CRONJOBS }, status: 500, times: 9 })

    await expect(ourCronJobs(cluster).cronJobs.list()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'cluster', status: 500 },
    })
    expect(cluster.stats().statuses).toEqual({ 500: 3 })
  })

  it('is not waited for longer than it may take', async () => {
    const cluster = await aCluster()
    cluster.fail({ match: { path: CRONJOBS }, hang: true, times: 9 })

    const listing = ourCronJobs(cluster, { timeoutMs: 50 }).cronJobs.list()

    await expect(listing).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'The cluster did not answer in time.',
    })
  })

  it('that is not there says so', async () => {
    const cluster = await aCluster()
    await cluster.close()

    await expect(ourCronJobs(cluster).cronJobs.list()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: 'The cluster could not be reached.',
    })
  })

  it('after a creation whose answer was lost is found in order by the next pass', async () => {
    const cluster = await aCluster()
    cluster.fail({ match: { method: 'POST', path: CRONJOBS }, dropReply: true })
    const { cronJobs } = ourCronJobs(cluster)

    await expect(cronJobs.apply(aSpec())).rejects.toMatchObject({ code: 'upstream_unavailable' })

    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'unchanged' })
    expect(cluster.stats().calls['create cronjobs']).toBe(1)
  })
})

describe.skipIf(!hasKubectl)('the way in', () => {
  it('may be a kubeconfig, or plain http on this machine', async () => {
    const cluster = await aCluster()
    const byFile = ourCronJobs(cluster, { access: { kind: 'kubeconfig', path: cluster.kubeconfigPath } })
    const url = cluster.url.replace('https', 'http')
    const byHttp = ourCronJobs(cluster, { access: { kind: 'address', url, token: cluster.token, ca: undefined } })

    expect(await byFile.cronJobs.list()).toEqual([])
    expect(await byHttp.cronJobs.list()).toEqual([])
  })

  it('may be several kubeconfigs together, the first of which chooses', async () => {
    const cluster = await aCluster()
    const other = join(await aFolder(), 'other')
    await writeFile(other, 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n')
    const path = `${cluster.kubeconfigPath}:${other}`

    expect(await ourCronJobs(cluster, { access: { kind: 'kubeconfig', path } }).cronJobs.list()).toEqual([])
  })

  it('trusts no cluster with a certificate of another authority', async () => {
    const cluster = await aCluster()
    const another = await aCluster()
    const access = { kind: 'address', url: cluster.url, token: cluster.token, ca: another.ca } as const

    await expect(ourCronJobs(cluster, { access }).cronJobs.list()).rejects.toMatchObject({
      code: 'upstream_unavailable',
    })
  })
})

function asServiceAccount({ url, ca, tokenOf }: StandInCluster): ClusterAccess {
  return { kind: 'address', url, token: tokenOf('dsm', 'coxswain'), ca }
}

/** Our client before a server that gives these answers, one after the other. */
async function aScriptedCluster(answers: readonly (readonly [status: number, body: object])[]) {
  const left = [...answers]
  const asked: string[] = []
  const urls: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.method ?? '')
    urls.push(request.url ?? '')
    const [status, body] = left.shift() ?? [500, {}]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const cronJobs = createCronJobs({ access: { kind: 'address', url, token: 't', ca: undefined }, job: JOB })
  return { cronJobs, asked, urls }
}
