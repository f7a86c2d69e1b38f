/** What holds a CronJob that we care for: strangers, finalizers, policies, other installations. */
import { describe, expect, it } from 'vitest'
import type { StandInCluster } from '#sandbox/cluster/server'
import { aBatchApi, aCluster, aCronJob, aSpec, JOB, ourCronJobs } from '#test/helpers/cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'
const AT = { name: NAME, namespace: 'dsm' }
const POD = '/spec/jobTemplate/spec/template/spec'

const live = (cluster: StandInCluster) => aBatchApi(cluster).readNamespacedCronJob(AT)

/** Somebody else's JSON patch. */
function edit(cluster: StandInCluster, ...body: readonly object[]) {
  return aBatchApi(cluster).patchNamespacedCronJob({ ...AT, body, fieldManager: 'kubectl-edit' })
}

/** Somebody else's server-side apply. */
async function applyAs(cluster: StandInCluster, manager: string, body: object) {
  const url = `${cluster.url.replace('https', 'http')}/apis/batch/v1/namespaces/dsm/cronjobs/${NAME}`
  const headers = { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/apply-patch+yaml' }
  const answer = await fetch(`${url}?fieldManager=${manager}`, { method: 'PATCH', headers, body: JSON.stringify(body) })
  expect(answer.status).toBeLessThan(300)
}

async function aLiveCronJob() {
  const cluster = await aCluster()
  const { cronJobs } = ourCronJobs(cluster)
  await cronJobs.apply(aSpec())
  return { cluster, cronJobs }
}

describe("a stranger's CronJob of our name that was made by server-side apply", () => {
  it('is never taken over, rewritten or deleted, although no field conflicts', async () => {
    const cluster = await aCluster()
    const { cronJobs } = ourCronJobs(cluster)
    await applyAs(cluster, 'flux', aCronJob(NAME, { spec: { schedule: '0 14 * * 1-5' } }))
    const before = await live(cluster)

    for (const seen of [null, undefined]) {
      await expect(cronJobs.apply(aSpec(), seen)).rejects.toMatchObject({ details: { reason: 'not_ours' } })
    }
    expect(await cronJobs.remove('TEST-001', NAME)).toBe('absent')

    expect((await live(cluster)).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
    expect(await cronJobs.find('TEST-001', 'TEST-001-S12')).toMatchObject({ owner: 'stranger', owner_name: 'flux' })
  })
})

describe('our label, removed by hand', () => {
  it('is told as what it is, and put back by a repair', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    await edit(cluster, { op: 'remove', path: '/metadata/labels/app.kubernetes.io~1managed-by' })
    expect(await cronJobs.list()).toEqual([])

    const found = await cronJobs.find('TEST-001', 'TEST-001-S12')

    expect(found).toMatchObject({ owner: 'us' })
    expect(found?.drift(aSpec())).toMatchObject([{ pointer: '/metadata/labels/app.kubernetes.io~1managed-by' }])
    expect(await cronJobs.apply(aSpec(), null)).toEqual({ name: NAME, outcome: 'repaired' })
    expect(await cronJobs.list()).toHaveLength(1)
  })
})

describe('a CronJob that a finalizer holds', () => {
  it('is terminating, not deleted, and made again once it is gone', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    await edit(cluster, { op: 'add', path: '/metadata/finalizers', value: ['example.test/hold'] })

    expect(await cronJobs.remove('TEST-001', NAME)).toBe('terminating')
    expect(await cronJobs.remove('TEST-001', NAME)).toBe('terminating')
    expect(await cronJobs.list()).toMatchObject([{ terminating: true }])
    expect(await cronJobs.apply(aSpec(), null)).toEqual({ name: NAME, outcome: 'terminating' })

    await edit(cluster, { op: 'remove', path: '/metadata/finalizers' })
    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'created' })
  })
})

describe('what is to be ignored', () => {
  it('is not written by the repair of another field: a suspended job stays suspended', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    await edit(
      cluster,
      { op: 'replace', path: '/spec/suspend', value: true },
      { op: 'replace', path: '/spec/schedule', value: '1 1 * * *' },
    )
    const [seen] = await cronJobs.list()

    expect(await cronJobs.apply(aSpec(), seen, { ignore: ['/spec/suspend'] })).toMatchObject({ outcome: 'repaired' })

    expect((await live(cluster)).spec).toMatchObject({ suspend: true, schedule: '0 14 * * 1-5' })
  })

  it('stays as it was in one that is made anew', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    await edit(cluster, { op: 'replace', path: `${POD}/containers/0/image`, value: 'registry.corp/scrum:7' })
    const [like] = await cronJobs.list()
    await cronJobs.remove('TEST-001', NAME)
    if (like === undefined) throw new Error('there is none')

    await cronJobs.apply(aSpec(), undefined, { ignore: [`${POD}/containers/0/image`], like })

    const [container] = (await live(cluster)).spec?.jobTemplate.spec?.template.spec?.containers ?? []
    expect(container?.image).toBe('registry.corp/scrum:7')
  })
})

describe("another manager's field", () => {
  it('outlives our repair: HTTPS_PROXY in the environment, a label, a container that is not ours does not', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    await edit(
      cluster,
      { op: 'add', path: `${POD}/containers/0/env/0`, value: { name: 'HTTPS_PROXY', value: 'http://proxy:3128' } },
      { op: 'add', path: '/metadata/labels/cost-centre', value: '42' },
      { op: 'add', path: `${POD}/containers/0`, value: { name: 'intruder', image: 'x:1' } },
      { op: 'replace', path: '/spec/schedule', value: '1 1 * * *' },
    )

    expect(await cronJobs.apply(aSpec())).toEqual({ name: NAME, outcome: 'repaired' })

    const { metadata, spec } = await live(cluster)
    const containers = spec?.jobTemplate.spec?.template.spec?.containers ?? []
    expect(containers.map(({ name }) => name)).toEqual(['daily-scrum'])
    expect(containers[0]?.env?.map(({ name }) => name)).toEqual([
      'HTTPS_PROXY',
      'SPRINT_SERVICE_URL',
      'PROJECT_ID',
      'SPRINT_ID',
    ])
    expect(metadata?.labels).toMatchObject({ 'cost-centre': '42' })
    expect(spec?.schedule).toBe('0 14 * * 1-5')
  })
})

describe('a policy of the cluster that rewrites what is written', () => {
  const rewrite = { kind: 'rewrite', patch: [{ op: 'replace', path: '/spec/suspend', value: true }] } as const

  it('is seen in the answer of the write: not repaired, fought over', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    cluster.admit(rewrite)
    await edit(cluster, { op: 'replace', path: '/spec/suspend', value: true })

    const applied = await cronJobs.apply(aSpec())

    expect(applied).toMatchObject({ outcome: 'fought', left: { drift: [{ pointer: '/spec/suspend', found: true }] } })
    const [again] = await cronJobs.list()
    expect(again?.version).toBe(applied.left?.version)
  })

  it('does not hide what was repaired besides, nor what was made', async () => {
    const { cluster, cronJobs } = await aLiveCronJob()
    cluster.admit(rewrite)
    await edit(cluster, { op: 'replace', path: '/spec/schedule', value: '1 1 * * *' })

    expect(await cronJobs.apply(aSpec())).toMatchObject({ outcome: 'repaired', left: { drift: [{ found: true }] } })
    await cronJobs.remove('TEST-001', NAME)
    expect(await cronJobs.apply(aSpec())).toMatchObject({ outcome: 'created', left: { drift: [{ found: true }] } })
  })
})

describe('two installations in one namespace', () => {
  const as = (cluster: StandInCluster, id: string) =>
    ourCronJobs(cluster, { installation: { known: async () => id, own: async () => id } }).cronJobs

  it('know each other by an annotation: neither overwrites nor deletes what the other made', async () => {
    const cluster = await aCluster()
    await as(cluster, 'blue').apply(aSpec())
    const green = as(cluster, 'green')

    expect(await green.list()).toMatchObject([{ owner: 'other_installation', owner_name: 'blue' }])
    for (const attempt of [
      () => green.apply(aSpec({ schedule: '0 9 * * *' })),
      () => green.apply(aSpec({ schedule: '0 9 * * *' }), null),
      () => green.remove('TEST-001', NAME),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('belongs to another installation of Coxswain (blue)'),
      })
    }
    expect((await live(cluster)).spec?.schedule).toBe('0 14 * * 1-5')
  })

  it('take one without the annotation for theirs, as a version before made it, and mark it with the next repair', async () => {
    const cluster = await aCluster()
    await ourCronJobs(cluster).cronJobs.apply(aSpec())
    const blue = as(cluster, 'blue')

    expect((await blue.list())[0]?.drift(aSpec())).toEqual([])
    await blue.apply(aSpec({ schedule: '0 9 * * *' }))

    expect((await live(cluster)).metadata?.annotations).toMatchObject({ 'coxswain.dev/installation': 'blue' })
  })
})

describe('a refusal', () => {
  const refusals = [
    [{ kind: 'quota', name: 'q', cronjobs: 0 }, 'forbidden', 'exceeded quota: q', 'quota'],
    [
      { kind: 'policy', name: 'p', binding: 'b', message: 'images must come from registry.corp', reason: 'Forbidden' },
      'forbidden',
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: images must come from registry.corp",
      'admission',
    ],
    [
      { kind: 'policy', name: 'p', binding: 'b', message: 'images must come from registry.corp', reason: 'Invalid' },
      'invalid',
      'images must come from registry.corp',
      undefined,
    ],
    [
      { kind: 'dead_webhook', name: 'gate.corp', url: 'https://gate.corp.svc:443/' },
      'upstream_unavailable',
      'failed calling webhook "gate.corp"',
      undefined,
    ],
  ] as const

  it.each(refusals)(
    "by %o is told in the server's own words, without advice on the Role",
    async (rule, code, words, by) => {
      const cluster = await aCluster()
      cluster.admit(rule)

      const refused = await ourCronJobs(cluster)
        .cronJobs.apply(aSpec(), null)
        .catch((error: unknown) => error)

      expect(refused).toMatchObject({ code, message: expect.stringContaining(words) })
      expect(String(refused)).not.toContain('Role')
      if (by !== undefined) expect(refused).toMatchObject({ details: { refused_by: by } })
    },
  )

  it('by a namespace that terminates names it', async () => {
    const cluster = await aCluster()
    const url = `${cluster.url.replace('https', 'http')}/api/v1/namespaces/dsm`
    const headers = { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/merge-patch+json' }
    const body = JSON.stringify({ metadata: { finalizers: ['example.test/hold'] } })
    await fetch(url, { method: 'PATCH', headers, body })
    await fetch(url, { method: 'DELETE', headers })

    await expect(ourCronJobs(cluster).cronJobs.apply(aSpec(), null)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('namespace dsm because it is being terminated'),
      details: { refused_by: 'namespace' },
    })
  })

  it('by RBAC names the verb that is really missing', async () => {
    const cluster = await aCluster()
    cluster.deny([{ verb: 'create', resource: 'cronjobs' }])

    await expect(ourCronJobs(cluster).cronJobs.apply(aSpec())).rejects.toMatchObject({
      code: 'forbidden',
      message: `The cluster does not allow us to create cronjobs in namespace ${JOB.namespace}: grant it in the Role.`,
      details: { verb: 'create', resource: 'cronjobs' },
    })
  })
})
