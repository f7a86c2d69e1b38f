import { describe, expect, it } from 'vitest'
import type { Stats } from '#sandbox/cluster/http/tally'
import type { StandInCluster } from '#sandbox/cluster/server'
import { aBatchApi, aCluster, aCronJob, hasKubectl, kubectlOf } from '#test/helpers/cluster'
import { controlHeaders } from '#test/helpers/control'

const namespace = 'dsm'

/** Over plain http, as a tool that does not know the certificate asks. */
function control({ url }: StandInCluster, method: string, path: string, body?: unknown): Promise<Response> {
  const plain = url.replace('https', 'http')
  const headers = controlHeaders(`/_stand_in${path}`)
  return fetch(`${plain}/_stand_in${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

describe.skipIf(!hasKubectl)('a fault on order', () => {
  it('answers as a cluster would, as often as told, and touches nothing else', async () => {
    const cluster = await aCluster()
    cluster.fail({ match: { method: 'GET', path: /\/cronjobs/ }, status: 429, retryAfter: 3, times: 2 })
    const list = () => aBatchApi(cluster).listNamespacedCronJob({ namespace })

    for (const _ of [1, 2]) {
      const error = await list().catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 429, headers: { 'retry-after': '3' } })
      expect(JSON.parse(error.body)).toMatchObject({
        kind: 'Status',
        reason: 'TooManyRequests',
        details: { retryAfterSeconds: 3 },
      })
    }
    expect((await list()).items).toEqual([])
  })

  it('may be meant for the second page of a list alone', async () => {
    const cluster = await aCluster()
    const kubectl = kubectlOf(cluster)
    for (const name of ['a', 'b', 'c']) await kubectl(['create', '-f', '-'], aCronJob(name))
    cluster.fail({ match: { path: /continue=/ }, status: 410 })
    const first = await aBatchApi(cluster).listNamespacedCronJob({ namespace, limit: 2 })

    const second = aBatchApi(cluster).listNamespacedCronJob({
      namespace,
      limit: 2,
      _continue: first.metadata!._continue!,
    })

    await expect(second).rejects.toMatchObject({ code: 410 })
  })

  it('does the work and cuts the connection, or leaves the caller waiting', async () => {
    const cluster = await aCluster()
    const plain = cluster.url.replace('https', 'http')
    const headers = { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' }
    const path = `${plain}/apis/batch/v1/namespaces/dsm/cronjobs`
    await control(cluster, 'POST', '/faults', { match: { method: 'POST', path: 'cronjobs' }, dropReply: true })
    await control(cluster, 'POST', '/faults', { match: { method: 'GET', path: 'cronjobs' }, hang: true })

    const body = JSON.stringify(aCronJob('a'))
    await expect(fetch(path, { method: 'POST', headers, body })).rejects.toThrow()
    await expect(fetch(path, { headers, signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })

    expect((await aBatchApi(cluster).listNamespacedCronJob({ namespace })).items).toHaveLength(1)
  })
})

describe.skipIf(!hasKubectl)('the control', () => {
  it('takes and gives back rights, counts calls, and lets time pass for the controller', async () => {
    const cluster = await aCluster()
    const list = () => aBatchApi(cluster).listNamespacedCronJob({ namespace })

    await control(cluster, 'POST', '/denials', [{ verb: 'list', resource: 'cronjobs' }])
    await expect(list()).rejects.toMatchObject({ code: 403 })
    await control(cluster, 'DELETE', '/denials')
    await list()
    expect((await control(cluster, 'POST', '/tick')).status).toBe(204)

    const stats = (await (await control(cluster, 'GET', '/stats')).json()) as Stats
    expect(stats).toEqual({ calls: { 'list cronjobs': 2 }, statuses: { 200: 1, 403: 1 } })
  })

  it('refuses what it cannot read', async () => {
    const cluster = await aCluster()

    expect((await control(cluster, 'POST', '/faults', { status: 500, match: { path: '(' } })).status).toBe(400)
    expect((await control(cluster, 'POST', '/faults', { status: 500, hang: true })).status).toBe(422)
    expect((await control(cluster, 'POST', '/nothing')).status).toBe(404)
  })
})

describe.skipIf(!hasKubectl)('two stand-ins', () => {
  it('cannot have one port', async () => {
    const first = await aCluster()

    await expect(aCluster({ port: Number(new URL(first.url).port) })).rejects.toThrow('cannot listen on')
  })
})
