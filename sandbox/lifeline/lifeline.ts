/** Ends a program with the process that started it, however that ended: npm or its shell, or a program that holds its standard input. */
import type { Environment } from '#lib/config'
import { ancestorsToNpm, type ProcessTable, SYSTEM_TABLE } from './ancestors.ts'

export interface LifelinePorts {
  readonly pid: number
  readonly env: Environment
  readonly table: ProcessTable
  /** Calls `look` again and again, without keeping the process alive. */
  readonly every: (look: () => void, ms: number) => void
}

/** Standard input is a leash when this is among the arguments: the program ends when it ends. */
export const LEASHED = '--leash'

const LOOK_MS = 500
/** A program that was asked to end has this long for it. */
const GRACE_MS = 15_000

const SYSTEM: LifelinePorts = {
  pid: process.pid,
  env: process.env,
  table: SYSTEM_TABLE,
  every: (look, ms) => void setInterval(look, ms).unref(),
}

/** Resolves with a sentence once npm, or a process between npm and this one, has ended; never when npm does not run it. */
export function untilNpmEnds({ pid, env, table, every }: LifelinePorts = SYSTEM): Promise<string> {
  const ancestors = ancestorsToNpm(pid, env, table)
  return new Promise((resolve) => {
    if (ancestors.length === 0) return
    every(() => {
      const gone = ancestors.find((one) => !table.isRunning(one))
      if (gone !== undefined) resolve(`Process ${gone.pid}, which started this, has ended.`)
    }, LOOK_MS)
  })
}

/** Resolves with a sentence once standard input ends; never without the argument `--leash`. */
export function untilReleased(args: readonly string[] = process.argv): Promise<string> {
  return new Promise((resolve) => {
    if (!args.includes(LEASHED)) return
    const release = () => resolve('The program that started this has ended.')
    process.stdin.once('end', release).once('error', release).resume()
    // Alone it is no reason to stay.
    ;(process.stdin as { unref?: () => void }).unref?.()
  })
}

/** Sends SIGTERM to this process once npm, or a shell between, has ended, and SIGKILL when it stays. */
export function endWithNpm(): void {
  void untilNpmEnds().then(() => {
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref()
  })
}
