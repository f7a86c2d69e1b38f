/** A project on the whole stack: its CronJob taken away with kubectl, healed, left alone, whoever is killed on the way. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasKubectl } from '#test/helpers/cluster'
import { aClient, type Client } from './support/client.ts'
import { aFolder, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

/** Starting takes some ten seconds, several times that on a busy machine. */
const STARTING_MS = 120_000
/** A sweep starts with the stack; what it heals is there a moment later. */
const SOON = { timeout: 30_000, interval: 200 }
const PROJECT = 'TEST-001'
const CRONJOB = 'run-dailyscrum-test-001-test-001-s12'

const folder = aFolder()
let stack: RunningStack
let ask: Client

const start = async () => {
  stack = await aStack({ dataDir: folder })
  ask = aClient(stack.dev)
}
const orchestrate = (project = PROJECT, json: unknown = {}) =>
  ask(`POST /orchestrate/project/${project}`, { as: 'operator', json })
const kubectl = async (...args: string[]) => {
  const config = join(folder, 'cluster', 'kubeconfig')
  const all = ['--kubeconfig', config, '--cache-dir', join(folder, 'kube-cache'), ...args]
  return (await promisify(execFile)('kubectl', all)).stdout
}
const names = async () => (await kubectl('get', 'cronjobs', '-o', 'name')).trim().split('\n').sort()

beforeAll(start, STARTING_MS)
afterAll(async () => {
  await endAll()
  drop(folder)
}, STARTING_MS)

describe.skipIf(!hasKubectl)('a project', () => {
  it('has its CronJob back after it was deleted, and is then left alone', async () => {
    await expect.poll(names, SOON).toContain(`cronjob.batch/${CRONJOB}`)
    await kubectl('delete', 'cronjob', CRONJOB)

    const healed = await orchestrate()

    expect(healed).toMatchObject({
      status: 200,
      body: {
        project_id: PROJECT,
        analysis: { team_size: 2, backlog_tasks: 18, unassigned_tasks: 10, project_sprints_count: 12 },
        decisions: {
          create_new_sprint: false,
          tasks_to_assign: 0,
          cronjob_created: true,
          sprint_name: 'TEST-001-S12',
          reasoning:
            'Note: Sprint timeline includes 1 holiday(s) or PTO day(s).; Active sprint TEST-001-S12 found, but its corresponding CronJob was missing. Recreating the CronJob to ensure process continuity.',
        },
        actions_taken: [`Created cronjob ${CRONJOB}`],
        cronjob_name: CRONJOB,
        sprint_id: null,
      },
    })
    expect(await kubectl('get', 'cronjob', CRONJOB)).toMatch(/0 14 \* \* 1-5\s+<none>\s+False\s+0\s+<none>/)
    expect((await orchestrate()).body).toMatchObject({
      decisions: {
        cronjob_created: false,
        reasoning:
          'Note: Sprint timeline includes 1 holiday(s) or PTO day(s).; Active sprint TEST-001-S12 found with an existing CronJob. No action needed.',
      },
      actions_taken: [],
      cronjob_name: null,
    })
  })

  it('has one sprint and one CronJob after ten requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => orchestrate('LUMEN-05')))

    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([])
    const created = answers.filter(({ body }) => body.decisions?.create_new_sprint)
    expect(created.map(({ body }) => body.sprint_id)).toEqual(['LUMEN-05-S01'])
    expect((await names()).filter((name) => name.includes('lumen'))).toHaveLength(1)
  })

  it(
    'goes on where it was when everything is killed in the middle of a request',
    async () => {
      const cut = orchestrate('NOVA-07').catch(() => undefined)
      await stack.signal('SIGKILL')
      await cut
      await start()

      const { body } = await orchestrate('NOVA-07')

      const [sprint] = (await ask('GET /orchestrate/project/NOVA-07/status', { as: 'reader' })).body.cronjobs
      expect(sprint).toMatchObject({ sprint_id: 'NOVA-07-S09', drift: [] })
      expect(body.analysis.project_sprints_count).toBeLessThanOrEqual(9)
      expect((await names()).filter((name) => name.includes('nova'))).toEqual([
        'cronjob.batch/run-dailyscrum-nova-07-nova-07-s09',
      ])
    },
    STARTING_MS,
  )
})
