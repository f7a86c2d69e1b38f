import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { KubeObject } from '#sandbox/cluster/api/objects'
import { CRONJOBS } from '#sandbox/cluster/api/resources'
import { openStore } from '#sandbox/cluster/state/store'
import { aBatchApi, aCluster, aCronJob, aFolder, hasKubectl, kubectlOf } from '#test/helpers/cluster'

const namespace = 'dsm'

async function aProgram(dataDir: string): Promise<{ child: ChildProcess; kubeconfigPath: string }> {
  const main = join(import.meta.dirname, '../../../sandbox/cluster/main.ts')
  const child = spawn(process.execPath, [main, '--port', '0', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const kubeconfigPath = /^cluster stand-in ready https:\S+ kubeconfig (\S+)\n$/.exec(line)?.[1] ?? ''
  return { child, kubeconfigPath }
}

const anObject = (name: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace, uid: name, resourceVersion: '', creationTimestamp: '' },
})
const keyOf = (name: string) => ({ resource: CRONJOBS, namespace, name })
const put = (name: string) => ({ key: keyOf(name), object: anObject(name) })

describe.skipIf(!hasKubectl)('the program', () => {
  it('loses nothing it acknowledged when it is killed', async () => {
    const dataDir = await aFolder()
    const first = await aProgram(dataDir)
    const kubectl = kubectlOf(first)
    const names = Array.from({ length: 12 }, (_, index) => `job-${String(index).padStart(2, '0')}`)
    const items = names.map((name) => aCronJob(name))
    const made = await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
    expect(made.err).toBe('')
    await kubectl(['delete', 'cj', 'job-03'])
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')

    const second = await aProgram(dataDir)

    const { out } = await kubectlOf(second)(['get', 'cj', '-o', 'jsonpath={.items[*].metadata.name}'])
    expect(out.split(' ')).toEqual(names.filter((name) => name !== 'job-03'))
  })

  it('ends on SIGTERM', async () => {
    const { child } = await aProgram(await aFolder())

    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

describe.skipIf(!hasKubectl)('a restart', () => {
  it('keeps token, certificate and resource versions', async () => {
    const dataDir = await aFolder()
    const first = await aCluster({ dataDir })
    const api = aBatchApi(first)
    const body = aCronJob('one') as object as Parameters<typeof api.createNamespacedCronJob>[0]['body']
    const made = await api.createNamespacedCronJob({ namespace, body })
    await first.close()

    const second = await aCluster({ dataDir })

    expect(second).toMatchObject({ token: first.token, ca: first.ca })
    const { metadata } = await aBatchApi(second).readNamespacedCronJob({ name: 'one', namespace })
    expect(metadata).toMatchObject({ uid: made.metadata?.uid, resourceVersion: made.metadata?.resourceVersion })
  })

  it('keeps its secrets to its owner', async () => {
    const dataDir = await aFolder()
    await aCluster({ dataDir })

    for (const file of ['token', 'tls.key', 'kubeconfig']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600)
    }
  })
})

describe.skipIf(!hasKubectl)('the store', () => {
  it('drops a line that was being written when the process died, and keeps those before it', async () => {
    const directory = await aFolder()
    const before = openStore(directory)
    before.commit([put('a')])
    before.close()
    await appendFile(join(directory, 'journal.ndjson'), '[{"k":"cronjobs/dsm/b","r":2,"o":{"meta')

    const after = openStore(directory)
    onTestFinished(() => after.close())

    expect(after.list(CRONJOBS).map(({ metadata }) => metadata.name)).toEqual(['a'])
    expect(after.revision()).toBe(1)
  })

  it('writes several objects as one line, each with a version of its own', async () => {
    const directory = await aFolder()
    const store = openStore(directory)
    onTestFinished(() => store.close())

    const written = store.commit([put('a'), put('b'), { key: keyOf('none'), object: null }])

    expect(written.map(({ metadata }) => metadata.resourceVersion)).toEqual(['1', '2'])
    expect((await readFile(join(directory, 'journal.ndjson'), 'utf8')).split('\n')).toHaveLength(2)
  })

  it('tells what changed since, unless it has forgotten', async () => {
    const store = openStore(await aFolder())
    onTestFinished(() => store.close())
    for (let count = 0; count < 2100; count += 1) store.commit([put('a')])

    expect(store.since(2099)?.map(({ revision }) => revision)).toEqual([2100])
    expect(store.since(2100)).toEqual([])
    expect(store.since(50)).toBeUndefined()
  })
})
