import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { manifestOf } from '#lib/cluster/manifest'
import type { StandInCluster } from '#sandbox/cluster/server'
import { aClock } from '#test/helpers/clock'
import { aCluster, aCronJob, aSpec, hasKubectl, JOB, kubectlOf } from '#test/helpers/cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'
const POD = '/spec/jobTemplate/spec/template/spec'

async function aClusterWith(...objects: object[]) {
  const cluster = await aCluster()
  const kubectl = kubectlOf(cluster)
  for (const object of objects) expect(await kubectl(['create', '-f', '-'], object)).toMatchObject({ failed: false })
  return { cluster, kubectl }
}

describe.skipIf(!hasKubectl)('kubectl get', () => {
  it('shows CronJobs as a cluster does', async () => {
    const clock = aClock()
    const cluster = await aCluster({ clock })
    const kubectl = kubectlOf(cluster)
    await kubectl(['create', '-f', '-'], manifestOf(aSpec(), JOB))
    clock.advance(4000)

    const { out } = await kubectl(['get', 'cronjob', NAME, '-n', 'dsm'])

    expect(out).toBe(
      [
        'NAME                                   SCHEDULE       TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE',
        'run-dailyscrum-test-001-test-001-s12   0 14 * * 1-5   <none>     False     0        <none>          4s\n',
      ].join('\n'),
    )
  })

  it('finds by label, by field, in every namespace, page by page, and in other forms', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const { cluster, kubectl } = await aClusterWith(
      ...names.map((name) => aCronJob(name, { labels: { half: name < 'c' ? 'first' : 'second' } })),
    )

    const lines = async (...args: string[]) => (await kubectl(['get', ...args])).out.trim().split('\n')

    expect(await lines('cj', '-l', 'half=first', '-o', 'name')).toEqual(['cronjob.batch/a', 'cronjob.batch/b'])
    expect(await lines('cj', '-l', 'half in (first,third),!none', '-o', 'name')).toHaveLength(2)
    expect(await lines('cj', '-l', 'half!=first', '-o', 'name')).toHaveLength(3)
    expect(await lines('cj', '--field-selector', 'metadata.name=d', '-o', 'name')).toEqual(['cronjob.batch/d'])
    expect(await lines('cj', '-A', '--chunk-size=2', '--no-headers')).toHaveLength(5)
    expect(await lines('cj', 'a', '-o', 'jsonpath={.spec.concurrencyPolicy}')).toEqual(['Allow'])
    expect(cluster.stats().calls['list cronjobs']).toBe(7)
  })

  it('says what is not found', async () => {
    const { kubectl } = await aClusterWith()

    const { err } = await kubectl(['delete', 'cronjob', 'run-dailyscrum-test-001-test-001-s01', '-n', 'dsm'])

    expect(err).toBe('Error from server (NotFound): cronjobs.batch "run-dailyscrum-test-001-test-001-s01" not found\n')
  })

  it('watches changes as they come', async () => {
    const { cluster, kubectl } = await aClusterWith(aCronJob('one'))
    const lines = watching(cluster, ['get', 'cj', '-w', '--no-headers'])
    expect(await lines.next()).toMatch(/^one .* False /)

    await kubectl(['patch', 'cj', 'one', '-p', '{"spec":{"suspend":true}}'])
    expect(await lines.next()).toMatch(/^one .* True /)

    await kubectl(['create', '-f', '-'], aCronJob('two'))
    expect(await lines.next()).toMatch(/^two /)
  })
})

describe.skipIf(!hasKubectl)('kubectl create', () => {
  it('refuses a second of the same name', async () => {
    const { kubectl } = await aClusterWith(aCronJob('one'))

    const { err } = await kubectl(['create', '-f', '-'], aCronJob('one'))

    expect(err).toContain('Error from server (AlreadyExists)')
    expect(err).toContain('cronjobs.batch "one" already exists')
  })

  it('is told every fault of an object at once', async () => {
    const { kubectl } = await aClusterWith()
    const wrong = aCronJob(`x${'y'.repeat(52)}`, { spec: { schedule: 'at noon', timeZone: 'Mars/Olympus' } })

    const { err } = await kubectl(['create', '-f', '-'], wrong)

    expect(err).toContain('The CronJob "xyyy')
    expect(err).toContain('must be no more than 52 characters')
    expect(err).toContain('spec.schedule: Invalid value: "at noon": expected exactly 5 fields, found 2: [at noon]')
    expect(err).toContain('spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus')
  })

  it('is told of fields that do not exist', async () => {
    const { kubectl } = await aClusterWith()
    const wrong = aCronJob('one', { spec: { shedule: 'x' } })

    expect((await kubectl(['create', '-f', '-'], wrong)).err).toContain('unknown field "spec.shedule"')
    const lenient = await kubectl(['create', '--validate=warn', '-f', '-'], wrong)
    expect(lenient).toMatchObject({ failed: false, err: 'Warning: unknown field "spec.shedule"\n' })
  })

  it.each([
    [['cronjob', 'hello', '--image=busybox:1.37', '--schedule=*/1 * * * *', '--', 'date']],
    [['job', 'hello', '--image=busybox:1.37', '--', 'date']],
    [['namespace', 'hello']],
    [['serviceaccount', 'hello']],
    [['role', 'hello', '--verb=get', '--verb=list', '--resource=cronjobs.batch']],
    [['rolebinding', 'hello', '--role=hello', '--serviceaccount=dsm:hello']],
  ])('makes a %s from its arguments', async (args) => {
    const { kubectl } = await aClusterWith()

    expect(await kubectl(['create', ...args])).toMatchObject({ failed: false, err: '' })
    expect(await kubectl(['get', args[0]!, 'hello'])).toMatchObject({ failed: false })
  })

  it('makes a Job of a CronJob of ours with all that it says', async () => {
    const { kubectl } = await aClusterWith(manifestOf(aSpec(), JOB))

    expect(await kubectl(['create', 'job', 'by-hand', `--from=cronjob/${NAME}`])).toMatchObject({ failed: false })

    const read = async (kind: string, path: string) =>
      JSON.parse((await kubectl(['get', ...kind.split('/'), '-o', `jsonpath={${path}}`])).out)
    expect(await read('job/by-hand', '.spec.template.spec')).toEqual(
      await read(`cronjob/${NAME}`, '.spec.jobTemplate.spec.template.spec'),
    )
  })
})

describe.skipIf(!hasKubectl)('kubectl apply', () => {
  it('creates, changes, and knows when there is nothing to do', async () => {
    const { kubectl } = await aClusterWith()
    const first = aCronJob('one', { spec: { suspend: true } })
    const { suspend: _, ...spec } = first.spec as Record<string, unknown>
    const second = { ...first, spec: { ...spec, schedule: '0 1 * * *' } }

    expect((await kubectl(['apply', '-f', '-'], first)).out).toBe('cronjob.batch/one created\n')
    expect((await kubectl(['apply', '-f', '-'], first)).out).toBe('cronjob.batch/one unchanged\n')
    expect((await kubectl(['apply', '-f', '-'], second)).out).toBe('cronjob.batch/one configured\n')

    const shown = await kubectl([
      'get',
      'cj',
      'one',
      '-o',
      'jsonpath={.spec.schedule}|{.spec.suspend}|{.metadata.generation}',
    ])
    expect(shown.out).toBe('0 1 * * *|false|2')
  })

  it('merges containers by name', async () => {
    const { kubectl } = await aClusterWith()
    const withContainers = (...containers: object[]) => {
      const jobTemplate = { spec: { template: { spec: { restartPolicy: 'Never', containers } } } }
      return aCronJob('one', { spec: { jobTemplate } })
    }
    await kubectl(['apply', '-f', '-'], withContainers({ name: 'a', image: 'a:1' }, { name: 'b', image: 'b:1' }))
    const added = [{ op: 'add', path: `${POD}/containers/-`, value: { name: 'theirs', image: 'x:1' } }]
    await kubectl(['patch', 'cj', 'one', '--type=json', '-p', JSON.stringify(added)])

    await kubectl(['apply', '-f', '-'], withContainers({ name: 'b', image: 'b:2' }))

    const images = '{.spec.jobTemplate.spec.template.spec.containers[*].image}'
    expect((await kubectl(['get', 'cj', 'one', '-o', `jsonpath=${images}`])).out).toBe('b:2 x:1')
  })

  it('on the server reports conflicts, and takes over when forced', async () => {
    const { kubectl } = await aClusterWith(aCronJob('one'))
    const mine = { ...aCronJob('one'), spec: { schedule: '0 1 * * *' } }
    const apply = ['apply', '--server-side', '--field-manager=me', '-f', '-']

    const refused = await kubectl(apply, mine)
    expect(refused.err).toContain(
      'Apply failed with 1 conflict: conflict with "kubectl-create" using batch/v1: .spec.schedule',
    )

    expect((await kubectl([...apply, '--force-conflicts'], mine)).out).toBe('cronjob.batch/one serverside-applied\n')
    expect(await kubectl(apply, mine)).toMatchObject({ failed: false })
  })

  it('on the server takes back what it no longer says', async () => {
    const { kubectl } = await aClusterWith()
    const apply = ['apply', '--server-side', '-f', '-']
    const zoned = aCronJob('one', { spec: { timeZone: 'Europe/Berlin' }, labels: { a: '1', b: '2' } })
    await kubectl(apply, zoned)

    await kubectl(apply, aCronJob('one', { labels: { b: '2' } }))

    const shown = await kubectl(['get', 'cj', 'one', '-o', 'jsonpath={.spec.timeZone}|{.metadata.labels}'])
    expect(shown.out).toBe('|{"b":"2"}')
  })

  it('rehearses without keeping anything', async () => {
    const { kubectl } = await aClusterWith()

    expect((await kubectl(['apply', '--dry-run=server', '-f', '-'], aCronJob('one'))).failed).toBe(false)
    expect((await kubectl(['diff', '-f', '-'], aCronJob('one'))).out).toContain('+  schedule: ')
    expect((await kubectl(['get', 'cj', 'one'])).failed).toBe(true)
  })
})

describe.skipIf(!hasKubectl)('kubectl patch and replace', () => {
  it.each([
    ['strategic', { spec: { suspend: true } }],
    ['merge', { spec: { suspend: true } }],
    ['json', [{ op: 'replace', path: '/spec/suspend', value: true }]],
  ])('changes by a %s patch', async (type, patch) => {
    const { kubectl } = await aClusterWith(aCronJob('one'))

    const { out } = await kubectl(['patch', 'cj', 'one', `--type=${type}`, '-p', JSON.stringify(patch)])

    expect(out).toBe('cronjob.batch/one patched\n')
    expect((await kubectl(['get', 'cj', 'one', '-o', 'jsonpath={.spec.suspend}'])).out).toBe('true')
  })

  it('refuses to replace what has moved on', async () => {
    const { kubectl } = await aClusterWith(aCronJob('one'))
    const read = JSON.parse((await kubectl(['get', 'cj', 'one', '-o', 'json'])).out)
    await kubectl(['label', 'cj', 'one', 'moved=on'])

    const { err } = await kubectl(['replace', '-f', '-'], read)

    expect(err).toContain('Error from server (Conflict)')
    expect(err).toContain('the object has been modified')
  })
})

describe.skipIf(!hasKubectl)('kubectl delete', () => {
  it('takes Jobs along, or leaves them without an owner', async () => {
    const clock = aClock()
    const cluster = await aCluster({ clock })
    const kubectl = kubectlOf(cluster)
    const every = { spec: { schedule: '* * * * *' } }
    for (const name of ['one', 'two']) await kubectl(['create', '-f', '-'], aCronJob(name, every))
    clock.advance(60_000)
    cluster.tick()

    await kubectl(['delete', 'cj', 'one'])
    await kubectl(['delete', 'cj', 'two', '--cascade=orphan'])

    const { items } = JSON.parse((await kubectl(['get', 'jobs', '-o', 'json'])).out)
    expect(items).toHaveLength(1)
    expect(items[0].metadata).toMatchObject({ name: expect.stringMatching(/^two-\d+$/), ownerReferences: [] })
  })

  it('empties a namespace', async () => {
    const { kubectl } = await aClusterWith(aCronJob('one'))

    expect((await kubectl(['delete', 'namespace', 'dsm'])).out).toContain('namespace "dsm" deleted')

    expect((await kubectl(['get', 'cj', '-A'])).err).toBe('No resources found\n')
    expect((await kubectl(['create', '-f', '-'], aCronJob('one'))).err).toContain('namespaces "dsm" not found')
  })
})

describe.skipIf(!hasKubectl)('kubectl auth', () => {
  it('knows what an administrator may do, and what was taken from him', async () => {
    const { cluster, kubectl } = await aClusterWith()
    expect((await kubectl(['auth', 'can-i', 'patch', 'cronjobs'])).out).toBe('yes\n')

    cluster.deny([{ verb: 'patch', resource: 'cronjobs' }])

    expect((await kubectl(['auth', 'can-i', 'patch', 'cronjobs'])).out).toBe('no\n')
    expect((await kubectl(['auth', 'can-i', 'list', 'cronjobs'])).out).toBe('yes\n')
    await kubectl(['create', '-f', '-'], aCronJob('one'))
    const { err } = await kubectl(['patch', 'cj', 'one', '-p', '{"spec":{"suspend":true}}'])
    expect(err).toBe(
      'Error from server (Forbidden): cronjobs.batch "one" is forbidden: User "stand-in-admin" cannot patch resource "cronjobs" in API group "batch" in the namespace "dsm"\n',
    )
  })

  it("gives a service account no more than its Role's rights", async () => {
    const { kubectl } = await aClusterWith()
    await kubectl(['create', 'serviceaccount', 'reader'])
    await kubectl(['create', 'role', 'reader', '--verb=get,list', '--resource=cronjobs.batch'])
    await kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=dsm:reader'])
    const token = (await kubectl(['create', 'token', 'reader'])).out.trim()
    const asReader = (...args: string[]) => kubectl(['--token', token, ...args])

    expect((await asReader('get', 'cj')).err).toBe('No resources found in dsm namespace.\n')
    expect((await asReader('auth', 'can-i', 'delete', 'cronjobs')).out).toBe('no\n')
    expect((await asReader('get', 'jobs')).err).toContain(
      'jobs.batch is forbidden: User "system:serviceaccount:dsm:reader" cannot list resource "jobs"',
    )
    expect((await asReader('get', 'cj', '-n', 'default')).err).toContain('Forbidden')
  })
})

describe.skipIf(!hasKubectl)('kubectl explain and api-resources', () => {
  it('learn the types from the cluster', async () => {
    const { kubectl } = await aClusterWith()

    expect((await kubectl(['explain', 'cronjob.spec.jobTemplate.spec.backoffLimit'])).out).toContain(
      'FIELD: backoffLimit',
    )
    expect((await kubectl(['api-resources', '--api-group=batch', '-o', 'name'])).out).toBe(
      'cronjobs.batch\njobs.batch\n',
    )
  })
})

/** The lines of a kubectl that goes on running. */
function watching({ kubeconfigPath }: StandInCluster, args: string[]) {
  const child: ChildProcess = spawn('kubectl', [
    '--kubeconfig',
    kubeconfigPath,
    '--cache-dir',
    `${kubeconfigPath}.cache`,
    ...args,
  ])
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return { next: async () => (await lines.next()).value as string }
}
