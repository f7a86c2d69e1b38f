/** One real `coxswain-worker`, started for a number of jobs and listened to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

export interface WorkerOptions {
  readonly id: string
  readonly jobs: number
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

const PROGRAM = fileURLToPath(new URL('../../worker/main.ts', import.meta.url))
const SAMPLE = fileURLToPath(new URL('../../worker/sample-command.ts', import.meta.url))

const line = z.looseObject({ msg: z.string(), issue: z.number().optional() })

/** Resolves with the worker's exit code once it did its jobs, or once `signal` told it to end. */
export async function runWorker(
  options: WorkerOptions,
  hear: (said: Said) => void,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM], {
    // Its own group: Ctrl-C reaches it as the one polite signal below, not as a second one.
    detached: true,
    env: environmentOf(options),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const ended = once(child, 'exit')
  for await (const text of createInterface({ input: child.stderr })) {
    const said = line.safeParse(parsed(text))
    if (said.success) hear(said.data)
  }
  const [code] = await ended
  signal.removeEventListener('abort', stop)
  return typeof code === 'number' ? code : 1
}

function environmentOf({ id, jobs, orchestrator, github, workspace }: WorkerOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    WORKER_ID: id,
    WORKER_MAX_JOBS: String(jobs),
    WORKER_POLL_INTERVAL: '1',
    WORKER_COMMAND: `'${process.execPath}' '${SAMPLE}'`,
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
