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
const PARENT = 1
const GROUP = 2
/** In user and system mode, of the process and of its children that have ended. */
const TIMES = [11, 12, 13, 14] as const
const START = 19
/** Linux counts processor time for programs in hundredths of a second. */
const TICK_MS = 10
/** A group that survives SIGKILL for this long hangs in the kernel: nothing to wait for. */
const UNKILLABLE_MS = 5_000

const hasProc = existsSync('/proc/self/stat')

/** Undefined when there is no such process, or when it has ended and only its entry is left. */
export function identify(pid: number): ProcessId | undefined {
  const began = hasProc ? living(pid)?.[START] : byPs(pid, 'lstart=')
  return began === undefined ? undefined : { pid, began }
}

/** True while exactly this process runs. */
export function isRunning({ pid, began }: ProcessId): boolean {
  return identify(pid)?.began === began
}

/** The process that started `pid`, or that took it over; undefined when there is no such process. */
export function parentOf(pid: number): number | undefined {
  const parent = Number(hasProc ? living(pid)?.[PARENT] : byPs(pid, 'ppid='))
  return Number.isInteger(parent) && parent > 0 ? parent : undefined
}

/** The command line that a process shows; undefined when there is no such process. */
export function commandOf(pid: number): string | undefined {
  return byPs(pid, 'command=')
}

/** Processor time that the processes of a group have used, and those of their children that have ended. */
export function cpuMsOfGroup(leader: number): number {
  if (!hasProc) return cpuMsByPs(leader)
  const members = membersOf(leader)
  return members.reduce((sum, fields) => sum + TIMES.reduce((own, at) => own + Number(fields[at]), 0), 0) * TICK_MS
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

function membersOf(leader: number): readonly (readonly string[])[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.flatMap((pid) => {
    const fields = living(pid)
    return fields?.[GROUP] === String(leader) ? [fields] : []
  })
}

/** One field of a process in the words of `ps`, which every system without /proc has. */
function byPs(pid: number, field: string): string | undefined {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return (
      execFileSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8', stdio: [...stdio] }).trim() || undefined
    )
  } catch {
    return undefined
  }
}

function cpuMsByPs(leader: number): number {
  try {
    const lines = execFileSync('ps', ['-A', '-o', 'pgid=,time='], { encoding: 'utf8' }).trim().split('\n')
    const times = lines.map((line) => line.trim().split(/\s+/)).filter(([group]) => group === String(leader))
    return times.reduce((sum, [, time = '']) => sum + msOf(time), 0)
  } catch {
    return 0
  }
}

/** `[days-]hours:minutes:seconds`, or `minutes:seconds.hundredths` on BSD and macOS. */
function msOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed()
  return (clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400) * 1000
}

/** True while a process of the group that `leader` leads, or led, lives. Without /proc, also while an entry is left. */
export function hasGroup(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false
  return !hasProc || membersOf(leader).length > 0
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
