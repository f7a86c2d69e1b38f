/** Runs the configured command: no shell, its own process group, a bounded memory of its output, and an end that is certain. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { type Sleep, seconds } from '#lib/clock'
import { pause } from './retry.ts'
import type { CommandUser } from './user/command-user.ts'
import { endProcessesNow } from './user/processes.ts'

/** Characters of output kept for an error report, before masking and cutting. */
export const KEPT_OUTPUT = 32_768

/** What a line has beyond this is passed over. */
const LONGEST_LINE = 65_536

/** What output is waited for after the program itself has ended; a stray child may hold the pipe open for ever. */
const DRAIN = seconds(1)

export interface CommandRun {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  /** All that the command sees; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Whom it runs as; the worker's own user when absent. */
  readonly user?: CommandUser | undefined
  readonly stdin: string
  readonly timeoutMs: number
  /** Aborted to stop it; `grace()` is asked at that moment. */
  readonly signal: AbortSignal
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace(): number
  onLine(line: string): void
}

export type CommandEnd = { readonly output: string } & (
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unstartable'; readonly reason: string }
)

export interface Commands {
  run(run: CommandRun): Promise<CommandEnd>
  /** Kills whatever still runs, at once. For the end of the process itself. */
  killAll(): void
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

export function createCommands({ sleep }: { readonly sleep: Sleep }): Commands {
  const groups = new Map<number, CommandUser | undefined>()

  async function run(task: CommandRun): Promise<CommandEnd> {
    const [program, ...args] = task.argv
    const child = spawn(program, args, {
      cwd: task.cwd,
      env: task.env,
      detached: true,
      ...(task.user && { uid: task.user.uid, gid: task.user.gid }),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const output = keepTail(child, task.onLine)
    const { pid } = child
    if (pid === undefined) return { kind: 'unstartable', reason: await startFailure(child), output: '' }
    groups.set(pid, task.user)
    try {
      child.stdin.on('error', () => undefined)
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end(task.stdin)
      const why = await guard({ task, pid, exit, sleep })
      await Promise.race([output.done, sleep(DRAIN)])
      return { ...verdict(why, child), output: output.text() }
    } finally {
      signalGroup(pid, 'SIGKILL')
      groups.delete(pid)
      child.stdout.destroy()
      child.stderr.destroy()
    }
  }

  function killAll(): void {
    for (const [pid, user] of groups) {
      signalGroup(pid, 'SIGKILL')
      if (user) endProcessesNow(user)
    }
  }

  return { run, killAll }
}

interface Guard {
  readonly task: CommandRun
  readonly pid: number
  readonly exit: Promise<unknown>
  readonly sleep: Sleep
}

/** Waits for the program to end, and makes it end when it is stopped or takes too long. Its group is dead afterwards. */
async function guard({ task, pid, exit, sleep }: Guard): Promise<'exit' | 'timeout' | 'stopped'> {
  const over = new AbortController()
  const ended = exit.then(() => over.abort())
  await pause(sleep, task.timeoutMs, AbortSignal.any([over.signal, task.signal]))
  if (over.signal.aborted) {
    signalGroup(pid, 'SIGKILL')
    return 'exit'
  }
  const why = task.signal.aborted ? 'stopped' : 'timeout'
  signalGroup(pid, 'SIGTERM')
  await pause(sleep, task.grace(), over.signal)
  signalGroup(pid, 'SIGKILL')
  await ended
  return why
}

function verdict(why: 'exit' | 'timeout' | 'stopped', child: Child) {
  if (why !== 'exit') return { kind: why } as const
  if (child.exitCode !== null) return { kind: 'exited', code: child.exitCode } as const
  return { kind: 'killed', by: child.signalCode ?? 'an unknown signal' } as const
}

async function startFailure(child: Child): Promise<string> {
  const [error]: NodeJS.ErrnoException[] = await once(child, 'error')
  return error?.code ?? 'unknown'
}

/** Sends `signal` to every process of a group; one that is gone already is fine. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Both streams line by line to `onLine`, their newest characters kept. */
function keepTail(child: Child, onLine: (line: string) => void): { text(): string; done: Promise<unknown> } {
  let kept = ''
  const keep = (chunk: string) => {
    kept = (kept + chunk).slice(-KEPT_OUTPUT)
  }
  const streams = [child.stdout, child.stderr]
  for (const stream of streams) {
    const lines = createLines(onLine)
    stream.setEncoding('utf8').on('data', keep).on('data', lines.write).once('close', lines.end)
  }
  return { text: () => kept, done: new Promise((resolve) => child.once('close', resolve)) }
}

/** Cuts text into lines, in memory for one line of bounded length. */
function createLines(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = ''
  return {
    write(text) {
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
      const last = lines.pop() ?? ''
      for (const line of lines) onLine(line.slice(0, LONGEST_LINE))
      // One more, so that a line break of two characters is still whole.
      rest = last.length > LONGEST_LINE ? last.slice(0, LONGEST_LINE) + last.slice(-1) : last
    },
    end() {
      if (rest !== '') onLine(rest.slice(0, LONGEST_LINE).replace(/\r$/, ''))
      rest = ''
    },
  }
}
