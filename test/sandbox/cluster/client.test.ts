import { KubeConfig, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { minutes } from '#lib/clock'
import type { StandInCluster } from '#sandbox/cluster/server'
import { aClock } from '#test/helpers/clock'
import { aBatchApi, aCluster, aCronJob } from '#test/helpers/cluster'

const namespace = 'dsm'

/** A CronJob as the client types it. */
const body = (name: string) =>
  aCronJob(name) as object as Parameters<ReturnType<typeof aBatchApi>['createNamespacedCronJob']>[0]['body']

async function aClusterWith(...names: string[]) {
  const clock = aClock()
  const cluster = await aCluster({ clock })
  const api = aBatchApi(cluster)
  for (const name of names) await api.createNamespacedCronJob({ namespace, body: body(name) })
  return { clock, cluster, api }
}

const refusalOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: { code: number; body: string }) => thrown,
  )
  return { code: error?.code, status: JSON.parse(error?.body ?? '{}') }
}

describe('pages of a list', () => {
  it('together hold each object once', async () => {
    const { api } = await aClusterWith('a', 'b', 'c', 'd', 'e')

    const first = await api.listNamespacedCronJob({ namespace, limit: 2 })
    const second = await api.listNamespacedCronJob({ namespace, limit: 2, _continue: first.metadata!._continue! })
    const third = await api.listNamespacedCronJob({ namespace, limit: 2, _continue: second.metadata!._continue! })

    expect(first.metadata?.remainingItemCount).toBe(3)
    expect([first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata?.name))).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ])
    expect(third.metadata?._continue).toBeUndefined()
  })

  it('expire after five minutes', async () => {
    const { api, clock } = await aClusterWith('a', 'b', 'c')
    const first = await api.listNamespacedCronJob({ namespace, limit: 2 })
    clock.advance(minutes(5))

    const second = api.listNamespacedCronJob({ namespace, limit: 2, _continue: first.metadata!._continue! })

    expect(await refusalOf(second)).toMatchObject({ code: 410, status: { kind: 'Status', reason: 'Expired' } })
  })
})

describe('a resource version', () => {
  it('is refused when it is not the newest', async () => {
    const { api } = await aClusterWith('a')
    const old = await api.readNamespacedCronJob({ name: 'a', namespace })
    await api.replaceNamespacedCronJob({
      name: 'a',
      namespace,
      body: { ...old, spec: { ...old.spec!, suspend: true } },
    })

    const late = api.replaceNamespacedCronJob({ name: 'a', namespace, body: old })

    expect(await refusalOf(late)).toMatchObject({ code: 409, status: { reason: 'Conflict' } })
  })

  it('stays when a write changes nothing', async () => {
    const { api } = await aClusterWith('a')
    const before = await api.readNamespacedCronJob({ name: 'a', namespace })

    const after = await api.replaceNamespacedCronJob({ name: 'a', namespace, body: before })

    expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion)
  })

  it('guards a deletion, and so does a uid', async () => {
    const { api } = await aClusterWith('a')
    const remove = (preconditions: object) =>
      api.deleteNamespacedCronJob({ name: 'a', namespace, body: { preconditions } })

    expect(await refusalOf(remove({ uid: 'another' }))).toMatchObject({ code: 409 })
    expect(await refusalOf(remove({ resourceVersion: '1' }))).toMatchObject({ code: 409 })
    const { metadata } = await api.readNamespacedCronJob({ name: 'a', namespace })
    expect(await remove({ uid: metadata?.uid })).toMatchObject({ status: 'Success' })
  })
})

describe('a patch', () => {
  it('is a JSON patch by default, and 422 when it does not fit', async () => {
    const { api } = await aClusterWith('a')
    const patch = (change: object) => api.patchNamespacedCronJob({ name: 'a', namespace, body: [change] })

    expect((await patch({ op: 'replace', path: '/spec/suspend', value: true })).spec?.suspend).toBe(true)
    expect(await refusalOf(patch({ op: 'remove', path: '/spec/none' }))).toMatchObject({ code: 422 })
    expect(await refusalOf(patch({ op: 'test', path: '/spec/suspend', value: false }))).toMatchObject({ code: 422 })
  })

  it('applies only to the object that was meant', async () => {
    const { api } = await aClusterWith('a')
    const options = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)
    const apply = (metadata: object) =>
      api.patchNamespacedCronJob(
        { name: 'a', namespace, body: { ...aCronJob('a'), metadata }, fieldManager: 'me', force: true },
        options,
      )

    expect(await refusalOf(apply({ name: 'a', uid: 'another' }))).toMatchObject({ code: 409 })
    const { metadata } = await api.readNamespacedCronJob({ name: 'a', namespace })
    expect(await apply({ name: 'a', uid: metadata?.uid })).toMatchObject({ kind: 'CronJob' })
  })
})

describe('a watch', () => {
  it('catches up from a resource version and goes on', async () => {
    const { api, cluster } = await aClusterWith('a')
    const { metadata } = await api.listNamespacedCronJob({ namespace })
    await api.createNamespacedCronJob({ namespace, body: body('b') })

    const events = await watching(cluster, metadata?.resourceVersion ?? '')
    await api.deleteNamespacedCronJob({ name: 'a', namespace })

    expect(await events.next()).toEqual(['ADDED', 'b'])
    expect(await events.next()).toEqual(['DELETED', 'a'])
  })

  it('from a forgotten version is told so', async () => {
    const dataDir = (await aClusterWith('a')).cluster.kubeconfigPath.replace('/kubeconfig', '')
    const again = await aCluster({ dataDir })

    const events = await watching(again, '1')

    expect(await events.next()).toEqual(['ERROR', undefined])
  })
})

describe('a call without a known token', () => {
  it('is refused, but for health and version', async () => {
    const { cluster } = await aClusterWith()
    const plain = cluster.url.replace('https', 'http')

    const statusOf = async (path: string, token?: string) =>
      (await fetch(`${plain}${path}`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }))
        .status

    expect(await statusOf('/apis/batch/v1/cronjobs')).toBe(401)
    expect(await statusOf('/apis/batch/v1/cronjobs', 'wrong')).toBe(401)
    expect(await statusOf('/apis/batch/v1/cronjobs', cluster.token)).toBe(200)
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/version')).toBe(200)
    expect(await statusOf('/apis/apps/v1/deployments', cluster.token)).toBe(404)
  })
})

/** Events as they come, by type and name. */
async function watching({ kubeconfigPath }: StandInCluster, resourceVersion: string) {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfigPath)
  const waiting: ((event: unknown) => void)[] = []
  const arrived: unknown[] = []
  const take = (type: string, object: { metadata?: { name?: string } }) => {
    const event = [type, object.metadata?.name]
    const first = waiting.shift()
    if (first === undefined) arrived.push(event)
    else first(event)
  }
  const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs`
  const controller = await new Watch(config).watch(path, { resourceVersion }, take, () => undefined)
  onTestFinished(() => controller.abort())
  const next = () => new Promise((resolve) => (arrived.length > 0 ? resolve(arrived.shift()) : waiting.push(resolve)))
  return { next }
}
