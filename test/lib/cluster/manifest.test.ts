import fc from 'fast-check'
import { CronJob } from 'kubernetes-models/batch/v1/CronJob'
import { describe, expect, it } from 'vitest'
import { differences } from '#lib/cluster/diff'
import { manifestOf } from '#lib/cluster/manifest'
import { withDefaults } from '#sandbox/cluster/api/defaults'
import { CRONJOBS } from '#sandbox/cluster/api/resources'
import { aSpec, JOB } from '#test/helpers/cluster'

const pod = (manifest: ReturnType<typeof manifestOf>) => manifest.spec.jobTemplate.spec?.template.spec

describe('the manifest', () => {
  it('is valid by the official schema, whatever project and sprint are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (project, sprint) => {
        const manifest = manifestOf(aSpec({ project, sprint, time_zone: 'Europe/Berlin' }), JOB)
        expect(() => new CronJob(manifest).validate()).not.toThrow()
      }),
    )
  })

  it('says everything the contract names', () => {
    const manifest = manifestOf(aSpec(), JOB)

    const name = 'run-dailyscrum-test-001-test-001-s12'
    expect(manifest).toMatchObject({
      apiVersion: 'batch/v1',
      metadata: {
        name,
        namespace: 'dsm',
        labels: {
          cronjob: name,
          project: 'TEST-001',
          sprint: 'TEST-001-S12',
          team: 'scrum',
          'app.kubernetes.io/managed-by': 'coxswain',
        },
        annotations: { 'coxswain.dev/manifest-hash': expect.stringMatching(/^[0-9a-f]{16}$/) },
      },
      spec: {
        schedule: '0 14 * * 1-5',
        suspend: false,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 300,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: { backoffLimit: 4 } },
      },
    })
    expect(manifest.spec).not.toHaveProperty('timeZone')
    expect(pod(manifest)).toMatchObject({
      restartPolicy: 'Never',
      serviceAccountName: 'dsm-job-runner-sa',
      imagePullSecrets: [{ name: 'agile-corp-reg-secret' }],
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          image: 'curlimages/curl:8.11.1',
          env: expect.arrayContaining([{ name: 'SPRINT_ID', value: 'TEST-001-S12' }]),
          resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
        },
      ],
    })
    expect(pod(manifest)?.containers[0]?.command?.at(-1)).toBe(
      '$(SPRINT_SERVICE_URL)/sprints/$(SPRINT_ID)/run-daily-scrum',
    )
  })

  it('keeps a sprint of any name within its place in the address, and out of expansions', () => {
    const manifest = manifestOf(aSpec({ sprint: '../$(PATH)?x=1#' }), JOB)

    const sprint = pod(manifest)?.containers[0]?.env?.find(({ name }) => name === 'SPRINT_ID')
    expect(sprint?.value).toBe('..%2F%24%28PATH%29%3Fx%3D1%23')
  })

  it('has another hash when anything in it is another', () => {
    const hashOf = (manifest: ReturnType<typeof manifestOf>) =>
      manifest.metadata.annotations?.['coxswain.dev/manifest-hash']

    const hashes = [
      manifestOf(aSpec(), JOB),
      manifestOf(aSpec({ schedule: '0 9 * * *' }), JOB),
      manifestOf(aSpec({ time_zone: 'Etc/UTC' }), JOB),
      manifestOf(aSpec(), { ...JOB, image: 'other:1' }),
    ].map(hashOf)

    expect(new Set(hashes).size).toBe(4)
    expect(hashOf(manifestOf(aSpec(), JOB))).toBe(hashes[0])
  })
})

describe('drift', () => {
  const wanted = manifestOf(aSpec(), JOB)
  const live = (): typeof wanted => JSON.parse(JSON.stringify(withDefaults(CRONJOBS, { ...wanted })))

  it('is not what the server fills in, nor what others add', () => {
    const found = live()
    found.metadata.labels = { ...found.metadata.labels, theirs: 'x' }
    found.metadata.annotations = { note: 'y', ...found.metadata.annotations }

    expect(differences(wanted, { ...found, status: { active: [] } })).toEqual([])
  })

  it('names each place with both values', () => {
    const found = live()
    found.spec.schedule = '* * * * *'
    found.spec.suspend = true
    found.metadata.labels = { ...found.metadata.labels, 'app.kubernetes.io/managed-by': 'helm' }
    pod(found)!.containers[0]!.image = 'other:1'

    expect(differences(wanted, found)).toMatchObject([
      { pointer: '/metadata/labels/app.kubernetes.io~1managed-by', wanted: 'coxswain', found: 'helm' },
      { pointer: '/spec/schedule', wanted: '0 14 * * 1-5', found: '* * * * *' },
      { pointer: '/spec/suspend', wanted: false, found: true },
      {
        pointer: '/spec/jobTemplate/spec/template/spec/containers/0/image',
        wanted: 'curlimages/curl:8.11.1',
        found: 'other:1',
      },
    ])
  })

  it('is a time zone that nobody asked for, and a container that was added', () => {
    const found = live()
    found.spec.timeZone = 'Asia/Tokyo'
    pod(found)!.containers.push({ name: 'sidecar', image: 'x' })

    const pointers = differences(wanted, found).map(({ pointer }) => pointer)

    expect(pointers).toEqual(['/spec/jobTemplate/spec/template/spec/containers/1', '/spec/timeZone'])
  })

  it('leaves out what is to be ignored, with all below it', () => {
    const found = live()
    found.spec.schedule = '* * * * *'
    pod(found)!.containers[0]!.image = 'other:1'

    expect(differences(wanted, found, ['/spec/schedule', '/spec/jobTemplate'])).toEqual([])
    expect(differences(wanted, found, ['/spec/sched'])).toHaveLength(2)
  })

  it('shows for every leaf of the manifest that is changed', () => {
    const leaves = leavesOf(wanted).filter((path) => !isNoDrift(path))
    for (const path of leaves) {
      const found = live()
      const holder = path.slice(0, -1).reduce((inner: object, key) => Reflect.get(inner, key), found)
      Reflect.set(holder, path.at(-1)!, 'changed')

      expect(differences(wanted, found).map(({ found: value }) => value)).toEqual(['changed'])
    }
  })
})

/** The hash follows from the rest; items of a list have no type of their own; an item of another name is another item. */
function isNoDrift(path: readonly string[]): boolean {
  const isItemsName = path.at(-1) === 'name' && path[0] === 'spec'
  return isItemsName || ['apiVersion', 'kind', 'coxswain.dev/manifest-hash'].includes(path.at(-1) ?? '')
}

function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
}
