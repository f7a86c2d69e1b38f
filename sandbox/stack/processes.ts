/** Processes as the system sees them: who is alive, whether it is still the same one, and how a whole group ends. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import { type Sleep, systemSleep } from '#lib/clock'

/** A process, told apart from a later one with the same number, as files keep it. */
export const processId = z.object({
  pid: z.int().positive(),
  /** When it began, in whatever words the system has for it. */
  began: z.string(),
})

export type ProcessId = Readonly<z.infer<typeof processId>>

const POLL_MS = 20
/** Positions in /proc/<pid>/stat behind the name in parentheses. */
const STATE = 0
const GROUP = 2
const START = 19
/** A group that survives SIGKILL for this long hangs in the kernel: nothing to wait for. */
const UNKILLABLE_MS = 5_000

const hasProc = existsSync('/proc/self/stat')

/** Undefined when there is no such process, or when it has ended and only its entry is left. */
export function identify(pid: number): ProcessId | undefined {
  const began = hasProc ? living(pid)?.[START] : beganByPs(pid)
  return began === undefined ? undefined : { pid, began }
}

/** True while exactly this process runs. */
export function isRunning({ pid, began }: ProcessId): boolean {
  return identify(pid)?.began === began
}

/** The fields of a process that has not ended. */
function living(pid: number | string): readonly string[] | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[STATE] === 'Z' ? undefined : fields
  } catch {
    return undefined
  }
}

function beganByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** True while a process of the group that `leader` leads, or led, lives. Without /proc, also while an entry is left. */
export function hasGroup(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false
  if (!hasProc) return true
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && living(name)?.[GROUP] === String(leader))
}

/** Sends `signal` to the group; false when nobody is left to hear it. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal)
    return true
  } catch {
    return false
  }
}

/** Ends the group: asks it, and after `graceMs` insists. Resolves when it is gone. */
export async function endGroup(leader: number, graceMs: number, sleep: Sleep = systemSleep): Promise<void> {
  if (graceMs > 0) signalGroup(leader, 'SIGTERM')
  for (let waited = 0; hasGroup(leader); waited += POLL_MS) {
    if (waited >= graceMs) signalGroup(leader, 'SIGKILL')
    if (waited >= graceMs + UNKILLABLE_MS) return
    await sleep(POLL_MS)
  }
}
