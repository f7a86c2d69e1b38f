import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  aProcess,
  appears,
  aWorld,
  dies,
  exists,
  forgetReport,
  isAlive,
  SECRETS,
  stageIs,
} from '#test/helpers/worker/world'

const run = promisify(execFile)
const EDIT = 'echo done > done.txt'
const pidIn = async (folder: string) => Number(await readFile(join(folder, 'pid'), 'utf8'))

/** Notes its process and stays. */
const stay = (folder: string) => `echo $$ > '${folder}/pid.new'; mv '${folder}/pid.new' '${folder}/pid'; exec sleep 600`

describe('the worker program', () => {
  it('does a job and ends after the last one it may do', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, EDIT)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(world.orchestrator.of('complete')).toHaveLength(1)
    for (const line of worker.log().trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        msg: expect.any(String),
      })
    }
  })

  it('works with the sample command', async () => {
    const world = await aWorld()
    const number = world.anIssue({ title: 'Say *hello*', body: 'To all.\n\u001b[31mIn red.' })
    const sample = new URL('../../worker/sample-command.ts', import.meta.url).pathname

    const worker = await aProcess(world, '', { WORKER_COMMAND: `'${process.execPath}' '${sample}'` })
    await worker.ended

    const file = await world.fromGit('show', `ai-feature/issue-${number}:docs/issue-${number}.md`)
    expect(file).toBe('# Say \\*hello\\*\n\nWhat was asked for:\n\n    To all.\n    [31mIn red.\n')
    expect(await world.fromGit('show', `ai-feature/issue-${number}:CHANGELOG.md`)).toBe(
      `- Say \\*hello\\* (#${number})\n`,
    )
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('gives its job back on %s and exits cleanly', async (signal) => {
    const world = await aWorld()
    const number = world.anIssue()
    const worker = await aProcess(world, stay(world.folder))
    await appears(join(world.folder, 'pid'))

    worker.child.kill(signal)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(isAlive(await pidIn(world.folder))).toBe(false)
    expect(world.orchestrator.of('release').map(({ body }) => body)).toMatchObject([
      { worker_id: 'w1', issue_number: number, lease_token: 1 },
    ])
    expect(world.orchestrator.of('failed')).toEqual([])
  })

  it.each(['SIGINT', 'SIGHUP'] as const)(
    'takes %s of a terminal, and the same passed on by npx, for one',
    async (signal) => {
      const world = await aWorld()
      world.anIssue()
      const slow = `trap 'echo > "${world.folder}/told"; sleep 0.3; exit 1' TERM; echo $$ > '${world.folder}/pid'; while :; do sleep 0.02; done`
      const worker = await aProcess(world, slow)
      await appears(join(world.folder, 'pid'))

      worker.child.kill(signal)
      await appears(join(world.folder, 'told'))
      worker.child.kill('SIGINT')

      expect(await worker.ended).toEqual({ code: 0, signal: null })
      expect(isAlive(await pidIn(world.folder))).toBe(false)
      expect(world.orchestrator.of('release')).toHaveLength(1)
    },
  )

  it('gives its job back when what reads its log is gone', async () => {
    const world = await aWorld()
    world.anIssue()
    const talk = `echo > '${world.folder}/pid'; while :; do echo line; sleep 0.05; done`
    const worker = await aProcess(world, talk, {}, '--plain')
    await appears(join(world.folder, 'pid'))

    worker.child.stderr.destroy()

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(world.orchestrator.of('release')).toHaveLength(1)
  })

  it('exits at once on a second signal and leaves no command behind', async () => {
    const world = await aWorld()
    world.anIssue()
    const stubborn = `trap 'echo > "${world.folder}/deaf"' TERM; echo $$ > '${world.folder}/pid'; while :; do sleep 0.02; done`
    const worker = await aProcess(world, stubborn)
    await appears(join(world.folder, 'pid'))
    worker.child.kill('SIGTERM')
    await appears(join(world.folder, 'deaf'))

    worker.child.kill('SIGTERM')

    expect(await worker.ended).toEqual({ code: 143, signal: null })
    await dies(await pidIn(world.folder))
  })

  it('ends while it waits for work', async () => {
    const world = await aWorld()
    const worker = await aProcess(world, EDIT, { WORKER_POLL_INTERVAL: '3600' })
    await world.orchestrator.called('next')

    worker.child.kill('SIGTERM')

    expect(await worker.ended).toEqual({ code: 0, signal: null })
  })

  it('names everything that is wrong with its configuration, and no value of it', async () => {
    const world = await aWorld()
    const worker = await aProcess(world, '', {
      WORKER_ID: 'no spaces',
      ORCHESTRATOR_URL: 'http://me:pw@example.com',
      LOG_LEVEL: 'LOUD',
    })

    expect(await worker.ended).toEqual({ code: 2, signal: null })
    for (const name of ['WORKER_ID', 'ORCHESTRATOR_URL', 'LOG_LEVEL']) expect(worker.log()).toContain(name)
    for (const value of [...SECRETS, 'no spaces', 'me:pw']) expect(worker.log()).not.toContain(value)
  })

  it('says that the folder it was started in is gone', async () => {
    const world = await aWorld()
    const env = { ...world.env(await world.aCommand(EDIT)), WORKSPACE_DIR: 'workspace' }
    const main = new URL('../../worker/main.ts', import.meta.url).pathname
    const script = 'mkdir "$0/gone"; cd "$0/gone"; rmdir "$0/gone"; exec "$@"'

    const ended = await run('sh', ['-c', script, world.folder, process.execPath, main], { env }).catch(
      (error: unknown) => error,
    )

    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the folder that it was started in is gone'),
    })
  })

  it('speaks to people when asked to', async () => {
    const world = await aWorld()
    world.anIssue()
    const worker = await aProcess(world, `echo "hello from the command"; ${EDIT}`, {}, '--plain')
    await worker.ended

    expect(worker.log()).toMatch(/^\d\d:\d\d:\d\d {3}job taken {2}issue=1 repository=acme\/widgets attempt=1$/m)
    expect(worker.log()).toContain('│ hello from the command')
  })
})

describe('a worker that was killed', () => {
  it('ends the command it left behind and begins the job anew', async () => {
    const world = await aWorld()
    world.anIssue()
    const first = await aProcess(world, stay(world.folder))
    await appears(join(world.folder, 'pid'))
    const left = await pidIn(world.folder)
    first.child.kill('SIGKILL')
    await first.ended
    expect(isAlive(left)).toBe(true)

    const second = await aProcess(world, EDIT)
    await second.ended

    await dies(left)
    expect(world.orchestrator.of('complete').map(({ body }) => body['lease_token'])).toEqual([1])
    expect(await world.pulls()).toHaveLength(1)
  })

  it('after its push only opens the pull request', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { method: 'POST', path: /\/pulls$/ }, hang: true })
    const first = await aProcess(world, EDIT)
    await stageIs(world.workspace, 'pushed')
    first.child.kill('SIGKILL')
    await first.ended
    world.github.heal()

    const second = await aProcess(world, 'exit 1')
    await second.ended

    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
    expect(world.orchestrator.of('failed')).toEqual([])
  })

  it('between its push and its note of it knows its own commit again', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { method: 'POST', path: /git-receive-pack$/ }, dropReply: true })
    world.orchestrator.always('failed', { hang: true })
    const first = await aProcess(world, EDIT)
    await world.orchestrator.called('failed')
    first.child.kill('SIGKILL')
    await first.ended
    await forgetReport(world.workspace)

    const second = await aProcess(world, 'exit 1')
    await second.ended

    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it('after the pull request was opened only reports it', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.answer('complete', { hang: true })
    const first = await aProcess(world, EDIT)
    await world.orchestrator.called('complete')
    first.child.kill('SIGKILL')
    await first.ended

    const second = await aProcess(world, 'exit 1')
    await second.ended

    const [lost, repeated] = world.orchestrator.of('complete')
    expect(repeated?.body).toEqual(lost?.body)
    expect(await world.pulls()).toHaveLength(1)
    expect(await exists(join(world.workspace, '.coxswain', 'w1.json'))).toBe(false)
  })
})
