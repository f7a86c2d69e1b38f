/** The real stack as a program, on a free port and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type DevFile, readDevFile } from '#sandbox/stack/dev-file'
import { freePort } from '#sandbox/stack/ports'
import { hasGroup } from '#sandbox/stack/processes'

const PROGRAM = fileURLToPath(new URL('../../../sandbox/stack/main.ts', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly said: string
}

export interface RunningStack {
  readonly pid: number
  readonly dev: DevFile
  readonly dataDir: string
  readonly port: number
  /** Everything it printed so far. */
  said(): string
  /** Process groups of its children. */
  groups(): readonly number[]
  signal(signal: NodeJS.Signals): Promise<Outcome>
}

const launched = new Set<ChildProcess>()

/** Ends whatever a failed test left running; the children of a stack follow it by themselves. */
export async function endAll(): Promise<void> {
  const ends = [...launched].map((child) => once(child, 'exit'))
  for (const child of launched) child.kill('SIGKILL')
  await Promise.all(ends)
}

export function aFolder(): string {
  return mkdtempSync(join(tmpdir(), 'coxswain-e2e-'))
}

export function drop(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Starts a stack and resolves when it is ready; fails with its words when it ends before. */
export async function aStack(options: { dataDir: string; port?: number; env?: Record<string, string> }) {
  const port = options.port ?? (await freePort())
  const program = launch({ ...options, port })
  const ready = await Promise.race([program.ready, program.ended])
  if (ready !== 'ready') throw new Error(`The stack did not start: ${ready.said}`)
  const dev = readDevFile(options.dataDir)
  if (dev === undefined) throw new Error('There is no dev.json.')
  const groups = groupsOf(options.dataDir)
  const running: RunningStack = {
    pid: program.child.pid ?? 0,
    dev,
    dataDir: options.dataDir,
    port,
    said: program.said,
    groups: () => groups.filter(hasGroup),
    async signal(signal) {
      program.child.kill(signal)
      return program.ended
    },
  }
  return running
}

/** Starts a stack that is expected to give up. */
export async function aRefusal(options: {
  dataDir: string
  port: number
  env?: Record<string, string>
}): Promise<Outcome> {
  return launch(options).ended
}

function launch({ dataDir, port, env }: { dataDir: string; port: number; env?: Record<string, string> }) {
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      COXSWAIN_DATA_DIR: dataDir,
      ORCHESTRATOR_PORT: String(port),
      GRPC_PORT: '0',
      GITHUB_POLL_INTERVAL: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  launched.add(child)
  child.once('exit', () => launched.delete(child))
  const lines: string[] = []
  const ready = Promise.withResolvers<'ready'>()
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      lines.push(line)
      if (line.startsWith('coxswain ready ')) ready.resolve('ready')
    })
  }
  const said = () => lines.join('\n')
  return { child, said, ready: ready.promise, ended: outcomeOf(child, said) }
}

async function outcomeOf(child: ChildProcess, said: () => string): Promise<Outcome> {
  const [code] = await once(child, 'close')
  return { code, said: said() }
}

function groupsOf(dataDir: string): readonly number[] {
  const { groups } = JSON.parse(readFileSync(join(dataDir, 'stack.lock'), 'utf8'))
  return groups.map(({ pid }: { pid: number }) => pid)
}
