/** One real `coxswain-worker`, started as a program of its own and listened to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { nodeWithParent } from '../lifeline/leashed.ts'
import { endGroup, signalGroup } from '../stack/processes.ts'

export interface WorkerOptions {
  readonly id: string
  /** Jobs after which it ends; without it, it goes on until it is told to. */
  readonly jobs?: number
  /** What it runs for each issue; the sample command unless told otherwise. */
  readonly command?: string
  readonly orchestrator: { readonly url: string; readonly token: string }
  readonly github: { readonly url: string; readonly token: string }
  readonly workspace: string
}

/** One line of the worker's log. */
export interface Said {
  readonly msg: string
  readonly issue?: number | undefined
  readonly [field: string]: unknown
}

export interface WorkerProgram {
  /** Its process group. */
  readonly group: number
  /** The exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** SIGTERM: it gives its job back. Resolves when it is gone; one that does not go is killed. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): void
}

const PROGRAM = fileURLToPath(new URL('../../worker/main.ts', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../../worker/sample-command.ts', import.meta.url))
/** A worker that is told to end gives its command five seconds, and then its job back. */
const GRACE_MS = 15_000

const line = z.looseObject({ msg: z.string(), issue: z.number().optional() })

/** The command line that runs a program of this project with Node. */
export function commandLine(program: string): string {
  return `'${process.execPath}' '${program}'`
}

export function startWorker(options: WorkerOptions, hear: (said: Said) => void): WorkerProgram {
  const { program, args } = nodeWithParent(PROGRAM)
  const child = spawn(program, args, {
    // Its own group: Ctrl-C reaches it as one polite signal of ours, not as a second one.
    detached: true,
    env: environmentOf(options),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const group = child.pid ?? 0
  // The end of this process ends its workers; when it is killed, the leash does.
  const end = () => void signalGroup(group, 'SIGKILL')
  process.once('exit', end)
  const exit = once(child, 'exit')
  createInterface({ input: child.stderr }).on('line', (text) => {
    const said = line.safeParse(parsed(text))
    if (said.success) hear(said.data)
  })
  // All it said has been heard by the time its output is closed.
  const ended = Promise.all([exit, once(child.stderr, 'close')]).then(([[code]]) => {
    process.off('exit', end)
    return typeof code === 'number' ? code : null
  })
  return {
    group,
    ended,
    async stop() {
      await endGroup(group, GRACE_MS)
      await exit
    },
    kill: () => void signalGroup(group, 'SIGKILL'),
  }
}

/** Resolves with the worker's exit code once it did its jobs, or once `signal` told it to end. */
export async function runWorker(
  options: WorkerOptions,
  hear: (said: Said) => void,
  signal: AbortSignal,
): Promise<number> {
  const worker = startWorker(options, hear)
  const stop = () => void worker.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const code = await worker.ended
  signal.removeEventListener('abort', stop)
  return code ?? 1
}

function environmentOf({ id, jobs = 0, command, orchestrator, github, workspace }: WorkerOptions) {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    WORKER_ID: id,
    WORKER_MAX_JOBS: String(jobs),
    WORKER_POLL_INTERVAL: '1',
    WORKER_COMMAND: command ?? commandLine(SAMPLE),
    WORKSPACE_DIR: workspace,
    ORCHESTRATOR_URL: orchestrator.url,
    ORCHESTRATOR_TOKEN: orchestrator.token,
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: github.token,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
