/** A stack ends with the process that started it, whichever of them is killed, and leaves nothing running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '#sandbox/stack/ports'
import { hasGroup, identify, parentOf, signalGroup } from '#sandbox/stack/processes'
import { aFolder, drop } from './support/stack.ts'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
const STARTING = { timeout: 300_000, interval: 100 }
/** Children have four seconds to end in order, and a busy machine takes longer. */
const ENDING = { timeout: 40_000, interval: 100 }

const open: { child: ChildProcess; dataDir: string }[] = []

afterEach(() => {
  for (const { child, dataDir } of open.splice(0)) {
    for (const group of groupsOf(dataDir)) signalGroup(group, 'SIGKILL')
    signalGroup(child.pid ?? 0, 'SIGKILL')
    drop(dataDir)
  }
})

interface Lock {
  readonly owner: { readonly pid: number }
  readonly groups: readonly { readonly pid: number }[]
}

function lockOf(dataDir: string): Lock | undefined {
  const path = join(dataDir, 'stack.lock')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

const groupsOf = (dataDir: string) => lockOf(dataDir)?.groups.map(({ pid }) => pid) ?? []

/** `npm start` as a process manager runs it: in a group of its own, without a terminal. */
async function anNpmStart() {
  const dataDir = aFolder()
  const port = await freePort()
  const child = spawn('npm', ['start'], {
    cwd: PROJECT,
    detached: true,
    env: {
      ...process.env,
      COXSWAIN_DATA_DIR: dataDir,
      ORCHESTRATOR_PORT: String(port),
      GRPC_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  open.push({ child, dataDir })
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { npm: child.pid ?? 0, dataDir, said: () => said, ended: once(child, 'close') }
}

type Started = Awaited<ReturnType<typeof anNpmStart>>

/** The processes from npm down to the stack itself. */
function chainOf({ npm, dataDir }: Started): readonly number[] {
  const chain = [lockOf(dataDir)?.owner.pid ?? 0]
  while (chain[0] !== npm) chain.unshift(parentOf(chain[0] ?? 0) ?? npm)
  return chain
}

/** No process of the chain, and none of the stack's groups, is left. */
async function expectNothingLeft(chain: readonly number[], groups: readonly number[]): Promise<void> {
  await expect.poll(() => chain.filter((pid) => identify(pid) !== undefined), ENDING).toEqual([])
  await expect.poll(() => groups.filter(hasGroup), ENDING).toEqual([])
}

describe('a stack that npm started', () => {
  it('ends with npm when npm is killed, with all of its parts', { timeout: 400_000 }, async () => {
    const started = await anNpmStart()
    await expect.poll(() => started.said(), STARTING).toContain('coxswain ready')
    const chain = chainOf(started)
    const groups = groupsOf(started.dataDir)
    expect(groups.length).toBeGreaterThan(2)

    process.kill(started.npm, 'SIGKILL')

    await expectNothingLeft(chain, groups)
    expect(existsSync(join(started.dataDir, 'stack.lock'))).toBe(false)
  })

  it.each([
    ['npm', 0, 'SIGTERM'],
    ['the shell between', 1, 'SIGKILL'],
    ['the stack', -1, 'SIGKILL'],
  ] as const)(
    'ends half-way through its start when %s (%i of the chain) gets %s',
    { timeout: 400_000 },
    async (_who, place, signal) => {
      const started = await anNpmStart()
      await expect.poll(() => groupsOf(started.dataDir).length, STARTING).toBeGreaterThan(0)
      const chain = chainOf(started)
      const groups = groupsOf(started.dataDir)

      process.kill(chain.at(place) ?? 0, signal)

      await expectNothingLeft(chain, groups)
    },
  )
})

describe('a stack that a program started', () => {
  it('ends with that program when it is killed', { timeout: 400_000 }, async () => {
    const dataDir = aFolder()
    const script = `
      import { startStackProgram } from '#sandbox/programs/stack'
      await startStackProgram({ ORCHESTRATOR_PORT: '0', GRPC_PORT: '0' }, ${JSON.stringify(dataDir)})`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: PROJECT,
      detached: true,
      stdio: 'ignore',
    })
    open.push({ child, dataDir })
    await expect.poll(() => groupsOf(dataDir).length, STARTING).toBeGreaterThan(0)
    const stack = lockOf(dataDir)?.owner.pid ?? 0
    const groups = groupsOf(dataDir)

    child.kill('SIGKILL')

    await expectNothingLeft([stack], groups)
  })
})
