/** A token that the orchestrator refuses: nothing that was done is lost. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { briefSleep } from '#test/helpers/worker/time'
import { aLog, REPOSITORY } from '#test/helpers/worker/values'
import { aWorker, aWorld, exists, oneJob } from '#test/helpers/worker/world'
import { deliver } from '#worker/deliver'

const EDIT = 'echo done > done.txt'

describe('a report whose token is refused', () => {
  it.each(['unauthenticated', 'forbidden'] as const)(
    'is repeated slowly until the token is replaced (%s)',
    async (code) => {
      const { sleep, slept } = briefSleep()
      const heard: string[] = []
      let tries = 0
      const send = async () => {
        tries += 1
        if (tries < 8) throw new AppError(code, 'no')
      }
      const options = {
        stopping: new AbortController().signal,
        onDenied: (error: AppError) => void heard.push(error.code),
      }

      expect(await deliver({ sleep, chance: () => 1, log: aLog().log }, send, options)).toEqual({
        kind: 'acknowledged',
      })
      expect(slept).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000])
      expect(heard).toHaveLength(7)
    },
  )

  it.each([
    [401, 'unauthenticated', EDIT, 'complete'],
    [403, 'forbidden', EDIT, 'complete'],
    [401, 'unauthenticated', 'exit 3', 'failed'],
  ] as const)(
    '%i: is kept, nothing new is taken, and a restart with a new token sends it',
    async (status, code, script, route) => {
      const world = await aWorld()
      const number = world.anIssue()
      world.orchestrator.always(route, { status, body: { code, detail: 'The token is revoked.' } })
      const worker = await aWorker(world, script, { WORKER_MAX_JOBS: '0' })
      await world.orchestrator.called(route)
      worker.stop()
      await worker.done
      const asked = world.orchestrator.of('next').length
      expect(asked).toBe(1)
      expect(worker.log()).toMatch(/"level":"error".*ORCHESTRATOR_TOKEN_FILE.*"issue":1.*The token is revoked/)
      expect(worker.log()).toContain('report kept for the next start')
      expect(await exists(join(world.workspace, REPOSITORY, `issue-${number}`))).toBe(true)

      world.orchestrator.always(route, null)
      await oneJob(world, 'exit 9', { ORCHESTRATOR_TOKEN: 'a-new-token' })

      const reports = world.orchestrator.of(route)
      expect(reports.at(-1)?.authorization).toBe('Bearer a-new-token')
      expect(reports.at(-1)?.body).toEqual(reports[0]?.body)
      expect(await exists(join(world.workspace, '.coxswain', 'w1.json'))).toBe(false)
    },
  )

  it('reads the token of ORCHESTRATOR_TOKEN_FILE anew at each call', async () => {
    const world = await aWorld()
    world.anIssue()
    const file = join(world.folder, 'token')
    await writeFile(file, 'the-first\n')

    await oneJob(world, `${EDIT}; echo the-second > '${file}'`, {
      ORCHESTRATOR_TOKEN: '',
      ORCHESTRATOR_TOKEN_FILE: file,
    })

    expect(world.orchestrator.of('next')[0]?.authorization).toBe('Bearer the-first')
    expect(world.orchestrator.of('complete')[0]?.authorization).toBe('Bearer the-second')
  })

  it('masks the token of ORCHESTRATOR_TOKEN_FILE in reports', async () => {
    const world = await aWorld()
    world.anIssue()
    const file = join(world.folder, 'token')
    await writeFile(file, 'the-first-token\n')

    await oneJob(world, `cat '${file}'; exit 3`, { ORCHESTRATOR_TOKEN: '', ORCHESTRATOR_TOKEN_FILE: file })

    expect(world.orchestrator.of('failed')[0]?.body['error']).toMatch(/code 3\.\s+\*\*\*$/)
  })
})
