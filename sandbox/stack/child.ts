/** Starts a Node program as a part of the stack: in its own process group, on a leash, with its output in a log file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/errors'
import type { Lock } from './lock.ts'
import { reasonOf } from './log-reason.ts'
import { keepCrashed, openLog } from './logs.ts'
import type { Tell } from './part.ts'
import { endGroup } from './processes.ts'

/** What every child needs of the stack. */
export interface Ground {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly lock: Pick<Lock, 'add' | 'previousCrashed'>
  /** Every child ever started, so that none is forgotten when the stack ends half-way through its start. */
  readonly children: Child[]
  /** Called when a child ends that nobody stopped. */
  readonly onDeath: (error: Error) => void
  readonly tell: Tell
}

export interface Program {
  readonly name: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Child {
  readonly name: string
  readonly log: string
  /** Its process group; undefined when it could not be started. */
  readonly group: number | undefined
  /** The error that ended it, once it ended without being stopped. */
  death(): Error | undefined
  stop(): Promise<void>
}

const LEASH = fileURLToPath(new URL('./leash.ts', import.meta.url))
/** A child that has not ended by then is killed. */
const GRACE_MS = 4_000

export function startChild({ name, args, cwd, env }: Program, ground: Ground): Child {
  const log = join(ground.dataDir, 'logs', `${name}.log`)
  const child = spawn(process.execPath, ['--import', LEASH, ...args], {
    detached: true,
    ...(cwd !== undefined && { cwd }),
    env: { ...ground.env, ...env },
    stdio: ['pipe', ...output(log, ground.lock)],
  })
  if (child.pid !== undefined) ground.lock.add(child.pid)
  let stopping = false
  let death: Error | undefined
  const dies = (error: Error) => {
    if (stopping || death !== undefined) return
    death = error
    ground.onDeath(error)
  }
  child.once('error', (cause) => dies(new AppError('unavailable', `${name} cannot be started.`, { cause })))
  child.once('exit', (code, signal) => {
    // The log of a child that was stopped may be gone by now.
    if (!stopping && death === undefined) dies(ended(name, signal ?? `code ${code}`, log))
  })
  const started: Child = {
    name,
    log,
    group: child.pid,
    death: () => death,
    stop() {
      stopping = true
      return end(child)
    },
  }
  ground.children.push(started)
  return started
}

function output(log: string, { previousCrashed }: Ground['lock']): readonly [number, number] {
  const file = openLog(log, previousCrashed)
  // The child has its own copy by the time this runs.
  setImmediate(() => closeSync(file))
  return [file, file]
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  await endGroup(child.pid, GRACE_MS)
  child.stdin?.destroy()
}

function ended(name: string, how: string, log: string): AppError {
  const reason = reasonOf(log) ?? 'It said nothing.'
  return new AppError(
    'unavailable',
    `${name} ended by itself: ${reason}\n    It ended with ${how}. Log: ${keepCrashed(log)}`,
  )
}
