/** What the command can read of the worker that started it: its environment, its arguments, its open files. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { aProcess, aWorld, SECRETS, type World } from '#test/helpers/worker/world'

const MAIN = new URL('../../../worker/main.ts', import.meta.url).pathname
const seen = (world: World, file: string) => readFile(join(world.folder, file), 'utf8')

describe.runIf(process.platform === 'linux')('a command that looks at the process of the worker', () => {
  it('finds no secret in its environment and its arguments', async () => {
    const world = await aWorld()
    world.anIssue()
    const look = ['environ', 'cmdline'].map((file) => `cat /proc/$PPID/${file} > '${world.folder}/${file}'`)

    const worker = await aProcess(world, `${look.join('; ')}; echo done > done.txt`)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    const found = `${await seen(world, 'environ')}${await seen(world, 'cmdline')}`
    expect(found).toContain('PATH=')
    for (const secret of SECRETS) expect(found).not.toContain(secret)
  })

  it('finds no secret in its standard input', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, `cat /proc/$PPID/fd/0 > '${world.folder}/input'; echo done > done.txt`)

    await worker.ended
    expect(await seen(world, 'input')).toBe('')
  })

  it('is a child of the process that was started: a supervisor signals the right one', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, `echo $PPID > '${world.folder}/parent'; echo done > done.txt`)
    await worker.ended

    expect(Number(await seen(world, 'parent'))).toBe(worker.child.pid)
  })

  it('finds a token in the environment of the programs that started the worker: the worker names them in one line', async () => {
    const world = await aWorld()
    world.anIssue()
    const env = world.env(await world.aCommand('echo done > done.txt'))

    const shell = ['-c', '"$@"; exit $?', 'sh']
    const child = spawn('sh', [...shell, 'sh', ...shell, process.execPath, MAIN], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [log] = await Promise.all([text(child.stderr), once(child, 'exit')])

    const warnings = log.split('\n').filter((line) => line.includes('can read a token'))
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`of sh \\(process \\d+\\) and of sh \\(process ${child.pid}\\)`)),
    ])
  })

  it('can read it where a process cannot be replaced: the worker says which token to give by file', async () => {
    const world = await aWorld()
    world.anIssue()
    const preload = `--import=data:text/javascript,${encodeURIComponent('process.execve = undefined')}`

    const worker = await aProcess(world, 'echo done > done.txt', { NODE_OPTIONS: preload })

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(worker.log()).toMatch(
      /the command can read GITHUB_TOKEN, .* give GITHUB_TOKEN_FILE, .* Node 24 on Linux or macOS/,
    )
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it('inherits no file that the worker was started with', async () => {
    const world = await aWorld()
    world.anIssue()
    await writeFile(join(world.folder, 'private'), 'private to the supervisor')
    const env = world.env(await world.aCommand(`ls -l /proc/self/fd > '${world.folder}/files'; echo done > done.txt`))
    const script = `exec 40<'${world.folder}/private'; exec "$@"`

    const child = spawn('bash', ['-c', script, 'bash', process.execPath, MAIN], { env, stdio: 'ignore' })
    await once(child, 'exit')

    expect(await seen(world, 'files')).not.toContain('/private')
  })
})
