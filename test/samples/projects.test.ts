/** The samples of the project functions, beside stand-ins of the services and the cluster. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type StandInCluster, startCluster } from '#sandbox/cluster/server'
import { type StandInUpstream, startUpstream } from '#sandbox/upstream/server'
import { invokeLocal } from './invoke.ts'
import { aWorld } from './world.ts'

const CRONJOB = 'run-dailyscrum-test-001-test-001-s12'
const answer = z.object({ statusCode: z.number(), body: z.string() })

/** The sample of a function: its name in kebab case. */
const sampleOf = (fn: string) => fn.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

let folder: string
let upstream: StandInUpstream
let cluster: StandInCluster
let env: Record<string, string>

async function ask(fn: string): Promise<{ status: number; body: unknown }> {
  const { result, printed } = await invokeLocal(fn, sampleOf(fn), env)
  const read = answer.safeParse(result)
  if (!read.success) throw new Error(`This is no HTTP answer:\n${printed}`)
  return { status: read.data.statusCode, body: JSON.parse(read.data.body) }
}

describe('the samples of the project functions', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coxswain-samples-'))
    upstream = await startUpstream({ port: 0, dataDir: join(folder, 'upstream') })
    upstream.seed.demo()
    cluster = await startCluster({ port: 0, dataDir: join(folder, 'cluster'), namespaces: ['dsm'] })
    const { project, backlog, sprint, chronicle } = upstream.urls
    env = {
      ...(await aWorld()).env,
      KUBECONFIG: cluster.kubeconfigPath,
      PROJECT_SERVICE_URL: project,
      BACKLOG_SERVICE_URL: backlog,
      SPRINT_SERVICE_URL: sprint,
      CHRONICLE_SERVICE_URL: chronicle,
      ALLOW_PRIVATE_URLS: new URL(chronicle).host,
    }
  })

  afterAll(async () => {
    await Promise.all([upstream.close(), cluster.close()])
    await rm(folder, { recursive: true, force: true })
  })

  it('projectOrchestrate: heals the CronJob that is missing', async () => {
    expect(await ask('projectOrchestrate')).toMatchObject({
      status: 200,
      body: { decisions: { cronjob_created: true }, actions_taken: [`Created cronjob ${CRONJOB}`], sprint_id: null },
    })
  })

  describe.concurrent('that look', () => {
    it.each([
      ['projectStatus', { project_id: 'TEST-001', cronjobs: [{ name: CRONJOB }] }],
      ['projectStrategies', { total_strategies: 0 }],
      ['projectDataQuality', { project_id: 'TEST-001' }],
      ['projectDecisions', { decisions: [{ decision_id: 'TEST-001-D1' }] }],
      ['projectReplay', {}],
      ['projectPolicyGet', { mode: 'enforce' }],
    ])('%s: answers', async (fn, body) => {
      expect(await ask(fn)).toMatchObject({ status: 200, body })
    })

    it.each(['projectsLearn', 'projectsSweep', 'eventsRedeliver'])('%s: runs', async (fn) => {
      expect(await invokeLocal(fn, sampleOf(fn), env)).toMatchObject({ exitCode: 0 })
    })
  })

  it('that change: set a policy, sweep, pause, and remove the CronJob', async () => {
    expect(await ask('projectsSweepNow')).toMatchObject({ status: 200 })
    expect(await ask('projectPolicyPut')).toMatchObject({ status: 200, body: { mode: 'warn' } })
    expect(await ask('projectPause')).toMatchObject({ status: 200 })
    expect(await ask('projectRemoveCronJob')).toMatchObject({ status: 200, body: { status: 'deleted' } })
    expect(await ask('projectRemoveCronJob')).toMatchObject({ status: 404 })
  })
})
