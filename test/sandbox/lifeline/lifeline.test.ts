import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ancestorsToNpm, type ProcessTable, SYSTEM_TABLE } from '#sandbox/lifeline/ancestors'
import { leashed, leashedNode } from '#sandbox/lifeline/leashed'
import { untilNpmEnds } from '#sandbox/lifeline/lifeline'
import { identify } from '#sandbox/stack/processes'

interface Fake {
  readonly parent: number
  readonly command: string
  readonly environment?: readonly string[]
}

const SCRIPT = {
  npm_lifecycle_event: 'start',
  npm_lifecycle_script: 'node main.ts',
  npm_package_json: '/x/package.json',
}
const MARKED = Object.entries(SCRIPT).map(([name, value]) => `${name}=${value}`)

/** Processes by number; those in `gone` have ended. */
function aTable(processes: Record<number, Fake>, gone: ReadonlySet<number> = new Set()): ProcessTable {
  return {
    parentOf: (pid) => processes[pid]?.parent,
    identify: (pid) => (processes[pid] === undefined ? undefined : { pid, began: 'then' }),
    isRunning: ({ pid }) => !gone.has(pid),
    commandOf: (pid) => processes[pid]?.command,
    environmentOf: (pid) => processes[pid]?.environment,
  }
}

const pids = (found: readonly { readonly pid: number }[]) => found.map(({ pid }) => pid)

describe('the ancestors that a program stands on', () => {
  const chain = {
    10: { parent: 1, command: '-bash', environment: [] },
    20: { parent: 10, command: 'npm start', environment: ['HOME=/root'] },
    30: { parent: 20, command: 'sh -c node main.ts', environment: MARKED },
    40: { parent: 30, command: 'node main.ts', environment: MARKED },
  }

  it('are the shell and npm, and not the shell that npm was typed into', () => {
    expect(pids(ancestorsToNpm(40, SCRIPT, aTable(chain)))).toEqual([30, 20])
  })

  it('are the nearest npm only where a script of npm runs npm', () => {
    const outer = ['npm_lifecycle_event=verify', 'npm_lifecycle_script=npm start']
    const nested = { ...chain, 10: { ...chain[10], environment: outer }, 20: { ...chain[20], environment: outer } }

    expect(pids(ancestorsToNpm(40, SCRIPT, aTable(nested)))).toEqual([30, 20])
  })

  it.each([
    'npm start',
    'node /usr/lib/node_modules/npm/bin/npm-cli.js start',
    'node /opt/yarn/bin/yarn.js start',
    'pnpm start',
  ])('are found by the command "%s" where the system shows no environment', (command) => {
    const bare = Object.fromEntries(
      Object.entries({ ...chain, 20: { ...chain[20], command } }).map(([pid, { parent, command }]) => [
        pid,
        { parent, command },
      ]),
    )

    expect(pids(ancestorsToNpm(40, SCRIPT, aTable(bare)))).toEqual([30, 20])
  })

  it('are the parent alone when nothing looks like npm', () => {
    const odd = { 1: { parent: 0, command: 'init' }, 30: { parent: 1, command: 'x' }, 40: { parent: 30, command: 'y' } }

    expect(pids(ancestorsToNpm(40, SCRIPT, aTable(odd)))).toEqual([30])
  })

  it('are none when npm does not run it', () => {
    expect(ancestorsToNpm(40, {}, aTable(chain))).toEqual([])
  })

  it('are found among the real processes', () => {
    const [parent] = ancestorsToNpm(process.pid, { ...SCRIPT, npm_package_json: 'of nobody' }, SYSTEM_TABLE)

    expect(parent?.pid).toBe(process.ppid)
  })

  it.each([20, 30])('end the program when one of them (%i) has ended', async (lost) => {
    const gone = new Set<number>()
    let look: () => void = () => undefined
    const every = (given: () => void) => {
      look = given
    }
    const ended = untilNpmEnds({ pid: 40, env: SCRIPT, table: aTable(chain, gone), every })

    look()
    gone.add(lost)
    look()

    expect(await ended).toBe(`Process ${lost}, which started this, has ended.`)
  })
})

describe('a program on a leash', () => {
  /** A program that starts `command` on a leash, says its process number, and stays. */
  async function aHolder(command: { program: string; args: readonly string[] }) {
    const { program, args } = command
    const script = `
      const child = require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: ['pipe', 'pipe', 'inherit'] })
      child.stdout.pipe(process.stdout)
      child.on('exit', (code, signal) => console.log('exit', code, signal))
      process.on('SIGUSR2', () => child.kill('SIGTERM'))
      process.on('SIGHUP', () => child.kill('SIGKILL'))
      setInterval(() => undefined, 1000)`
    const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void holder.kill('SIGKILL'))
    const heard = new PassThrough()
    holder.stdout.pipe(heard)
    const lines = createInterface({ input: heard })[Symbol.asyncIterator]()
    const line = async () => (await lines.next()).value
    return { holder, line, pid: Number(await line()) }
  }

  /** Says its process number and stays, whatever it is asked. */
  const STUBBORN =
    'process.on("SIGTERM", () => undefined); console.log(process.pid); setInterval(() => undefined, 1000)'
  /** Says its process number and stays until SIGTERM, after which it ends with code 7. */
  const POLITE =
    'process.on("SIGTERM", () => process.exit(7)); console.log(process.pid); setInterval(() => undefined, 1000)'

  it.each([
    ['any program', leashed(process.execPath, ['-e', STUBBORN])],
    ['a program of Node', leashedNode('-e', STUBBORN)],
  ])('ends with its holder, though nothing could be said to it: %s', async (_what, command) => {
    const { holder, pid } = await aHolder(command)

    holder.kill('SIGKILL')
    await once(holder, 'exit')

    await expect.poll(() => identify(pid), { timeout: 20_000 }).toBeUndefined()
  })

  it('hears SIGTERM, and its exit code is handed on', async () => {
    const { holder, line, pid } = await aHolder(leashed(process.execPath, ['-e', POLITE]))

    holder.kill('SIGUSR2')

    expect(await line()).toBe('exit 7 null')
    expect(identify(pid)).toBeUndefined()
  })

  it('is killed when the script between is', async () => {
    const { holder, pid } = await aHolder(leashed(process.execPath, ['-e', STUBBORN]))

    holder.kill('SIGHUP')

    await expect.poll(() => identify(pid), { timeout: 20_000 }).toBeUndefined()
  })

  it('leaves nothing behind when it ends by itself', async () => {
    const { line } = await aHolder(leashed(process.execPath, ['-e', 'console.log(process.pid); process.exitCode = 3']))

    expect(await line()).toBe('exit 3 null')
  })
})
