/** How CronJobs are cared for, on whatever answers as a Kubernetes API server: the stand-in, and a real one. */
import { describe, expect, it } from 'vitest'
import { createCronJobs } from '#lib/cluster/cronjobs'
import type { Owner } from '#lib/projects/ports'
import { JOB } from '#test/helpers/cluster'
import { aSeedWorld, EXISTING, MISSING } from '#test/helpers/projects/seed-003'
import type { TestCluster } from '#test/helpers/test-cluster'

const NAME = 'run-dailyscrum-test-001-test-001-s12'
const SPRINT = 'TEST-001-S12'
const ID = 'TEST-001'
const POD = '/spec/jobTemplate/spec/template/spec'
const LABEL = '/metadata/labels/app.kubernetes.io~1managed-by'

interface Seen {
  readonly metadata: { readonly resourceVersion: string; readonly labels?: object; readonly annotations?: object }
  readonly spec: Record<string, unknown>
}

async function aWorldOn(cluster: TestCluster, installation?: string) {
  const world = await aSeedWorld()
  const job = { ...JOB, namespace: cluster.namespace }
  const id = installation
  const named = id === undefined ? {} : { installation: { known: async () => id, own: async () => id } }
  const cronJobs = createCronJobs({ access: cluster.access, job, ...named })
  const projects = world.with({ cronJobs })
  const path = `/apis/batch/v1/namespaces/${cluster.namespace}/cronjobs`
  return {
    ...world,
    cronJobs,
    projects,
    sweep: () => projects.sweep({ correlation_id: 'test' }),
    post: () => world.postTo(projects),
    seen: async (name = NAME) => (await cluster.admin('GET', `${path}/${name}`)).body as unknown as Seen,
    create: (body: object) => cluster.admin('POST', path, body),
    /** Somebody else's JSON patch. */
    edit: (...operations: object[]) => cluster.admin('PATCH', `${path}/${NAME}`, operations, 'json-patch+json'),
    /** Somebody else's server-side apply. */
    apply: (body: object) => cluster.admin('PATCH', `${path}/${NAME}?fieldManager=flux`, body, 'apply-patch+yaml'),
    delete: () => cluster.admin('DELETE', `${path}/${NAME}`),
  }
}

const stranger = (namespace: string) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: NAME, namespace },
  spec: {
    schedule: '0 14 * * 1-5',
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37' }] } } },
    },
  },
})

/** `open` gives a namespace of its own to each test, with what deploy/rbac.yaml grants in it. */
export function caresForCronJobs(open: () => Promise<TestCluster>): void {
  describe('the verification logs of the change request', () => {
    it('appear to the letter: a missing CronJob is created, an existing one is left alone', async () => {
      const { post } = await aWorldOn(await open())

      expect(await post()).toMatchObject(MISSING)
      expect(await post()).toMatchObject(EXISTING)
    })
  })

  describe('a healthy CronJob', () => {
    it('is not written by five sweeps, and keeps its resource version', async () => {
      const { post, sweep, seen } = await aWorldOn(await open())
      await post()
      const before = await seen()

      for (let round = 0; round < 5; round += 1) expect(await sweep()).toMatchObject({ status: 'done', healed: [] })

      expect((await seen()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    })

    it('is made again each time it was deleted', async () => {
      const { post, sweep, seen, delete: remove } = await aWorldOn(await open())
      await post()

      for (let round = 0; round < 2; round += 1) {
        await remove()
        expect(await sweep()).toMatchObject({ healed: [{ decision_type: 'SELF_HEAL' }] })
        expect((await seen()).spec).toMatchObject({ schedule: '0 14 * * 1-5' })
      }
    })
  })

  describe("a stranger's CronJob of our name that was made by server-side apply", () => {
    it('is left alone by orchestration, sweeps and removal', async () => {
      const cluster = await open()
      const { post, sweep, seen, apply, projects } = await aWorldOn(cluster)
      await apply(stranger(cluster.namespace))
      const before = await seen()

      const { warnings } = await post()
      await sweep()
      await expect(projects.removeCronJob({ project: ID, name: NAME, correlation_id: 'c' })).rejects.toMatchObject({
        code: 'not_found',
      })

      expect(warnings.join(' ')).toContain('is not ours')
      expect((await seen()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    })
  })

  describe('our label, removed by hand', () => {
    it('is told as what it is, put back, and counted as a heal', async () => {
      const { post, sweep, seen, edit, store } = await aWorldOn(await open())
      await post()
      await edit({ op: 'remove', path: LABEL })

      const { healed } = await sweep()

      expect(healed).toMatchObject([{ decision_type: 'REPAIR_DRIFT', actions_taken: [`Repaired cronjob ${NAME}`] }])
      expect(healed[0]?.warnings.join(' ')).toContain(LABEL)
      expect((await seen()).metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'coxswain' })
      expect((await store.load(ID)).state.heals).toHaveLength(2)
    })
  })

  describe('a CronJob that was deleted and is held by a finalizer', () => {
    it('is terminating in sweep, reasoning and status, and healed once it is gone', async () => {
      const { post, sweep, edit, delete: remove, projects } = await aWorldOn(await open())
      await post()
      await edit({ op: 'add', path: '/metadata/finalizers', value: ['example.test/hold'] })
      await remove()

      const told = await post()
      const report = await sweep()

      expect(told).toMatchObject({ actions_taken: [], decisions: { decision_type: 'MONITOR', cronjob_created: false } })
      expect(told.decisions.reasoning).toContain('is terminating')
      expect(report.reports).toMatchObject([{ cronjob_name: NAME, problem: expect.stringContaining('is terminating') }])
      expect((await projects.status(ID)).cronjobs).toMatchObject([{ status: 'terminating', missed_runs: 0 }])
      const answer = await projects.removeCronJob({ project: ID, name: NAME, correlation_id: 'c' })
      expect(answer.status).toBe('terminating')

      await edit({ op: 'remove', path: '/metadata/finalizers' })
      expect(await sweep()).toMatchObject({ healed: [{ decision_type: 'SELF_HEAL' }] })
      expect((await projects.status(ID)).cronjobs).toMatchObject([{ status: 'active' }])
    })
  })

  describe('a policy of the cluster that rewrites a field of ours', () => {
    it('is told as fought over, claimed as no repair, and not written again until something changes', async () => {
      const cluster = await open()
      const { post, sweep, seen, edit, projects } = await aWorldOn(cluster)
      await post()
      await cluster.admit({ kind: 'rewrite', patch: [{ op: 'replace', path: '/spec/suspend', value: true }] })
      await edit({ op: 'replace', path: '/spec/suspend', value: true })

      const tried = await post()
      const before = await seen()
      await sweep()
      const again = await post()

      expect(tried.actions_taken).toEqual([])
      expect(tried.warnings.join(' ')).toContain('is fought over at /spec/suspend')
      expect(again.decisions).toMatchObject({ decision_type: 'MONITOR' })
      expect(again.warnings.join(' ')).toContain('is fought over at /spec/suspend')
      expect((await seen()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
      expect((await projects.status(ID)).cronjobs).toMatchObject([{ status: 'fought_over' }])

      await cluster.settle()
      await edit({ op: 'replace', path: '/spec/schedule', value: '1 1 * * *' })
      expect((await post()).actions_taken).toEqual([`Repaired cronjob ${NAME}`])
      expect((await seen()).spec).toMatchObject({ suspend: false, schedule: '0 14 * * 1-5' })
    })
  })

  describe('what the policy of a project ignores', () => {
    it('is not written when another field is repaired, nor is what others manage', async () => {
      const { post, seen, edit, projects } = await aWorldOn(await open())
      await post()
      await projects.policies.put(ID, { mode: 'enforce', ignore_drift: ['/spec/suspend'] })
      await edit(
        { op: 'replace', path: '/spec/suspend', value: true },
        { op: 'replace', path: '/spec/schedule', value: '1 1 * * *' },
        { op: 'add', path: `${POD}/containers/0/env/0`, value: { name: 'HTTPS_PROXY', value: 'http://proxy:3128' } },
      )

      expect((await post()).actions_taken).toEqual([`Repaired cronjob ${NAME}`])

      const { spec } = await seen()
      expect(spec).toMatchObject({ suspend: true, schedule: '0 14 * * 1-5' })
      expect(JSON.stringify(spec)).toContain('http://proxy:3128')
    })
  })

  describe('two installations in one namespace', () => {
    it('know each other: the second says so and changes nothing', async () => {
      const cluster = await open()
      const blue = await aWorldOn(cluster, 'blue')
      const green = await aWorldOn(cluster, 'green')
      await blue.post()
      const before = await blue.seen()
      await green.projects.policies.put(ID, { mode: 'enforce', schedule: '0 9 * * *' })

      const told = await green.post()
      const report = await green.sweep()

      const words = 'belongs to another installation of Coxswain (blue)'
      expect(told.warnings.join(' ')).toContain(words)
      expect(report.reports).toMatchObject([{ problem: expect.stringContaining(words) }])
      expect((await green.projects.status(ID)).cronjobs).toMatchObject([
        { status: 'other_installation' satisfies Owner },
      ])
      expect((await blue.seen()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    })
  })

  describe('a second CronJob with our labels for the same sprint', () => {
    async function aDoubled(cluster: TestCluster) {
      const world = await aWorldOn(cluster)
      await world.post()
      const { metadata, spec } = await world.seen()
      const { labels, annotations } = metadata
      await world.create({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'scrum-two', labels, annotations },
        spec,
      })
      return world
    }
    const duplicates = [{ cronjob_name: 'scrum-two', project_id: ID, sprint_id: SPRINT }]

    it('is reported and removed where the policy is to enforce', async () => {
      const { sweep, cronJobs } = await aDoubled(await open())

      const report = await sweep()

      expect(report).toMatchObject({ duplicates, healed: [{ actions_taken: ['Deleted cronjob scrum-two'] }] })
      expect(await cronJobs.list()).toMatchObject([{ name: NAME }])
      expect(await sweep()).toMatchObject({ duplicates: [], healed: [] })
    })

    it('is only reported where the policy is to warn', async () => {
      const { sweep, cronJobs, projects } = await aDoubled(await open())
      await projects.policies.put(ID, { mode: 'warn' })

      const report = await sweep()

      expect(report).toMatchObject({ duplicates })
      expect(await cronJobs.list()).toHaveLength(2)
    })
  })

  describe('a refusal of the cluster', () => {
    it.each([
      [{ kind: 'quota', name: 'q', cronjobs: 0 }, 'exceeded quota: q'],
      [
        { kind: 'policy', name: 'p', binding: 'b', message: 'no scrums here', reason: 'Forbidden' },
        'denied request: no scrums here',
      ],
    ] as const)('by %o is told in its own words, not as a right that is missing', async (rule, words) => {
      const cluster = await open()
      const { post, sweep } = await aWorldOn(cluster)
      await cluster.admit(rule)

      const { warnings, actions_taken } = await post()

      expect(actions_taken).toEqual([`Failed to create cronjob for sprint ${SPRINT}`])
      expect(warnings.join(' ')).toContain(words)
      expect(warnings.join(' ')).not.toContain('Role')
      expect((await sweep()).missing_rights).toEqual([])
    })
  })
}
