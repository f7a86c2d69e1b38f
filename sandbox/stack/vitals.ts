/** Signs of life of a part that is starting: what its log says and how much the processor has worked for it. */
import { statSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import type { Child } from './child.ts'
import { lastLine, reasonOf } from './log-reason.ts'
import { cpuMsOfGroup } from './processes.ts'

export interface Vitals {
  /** Bytes. */
  readonly logSize: number
  /** Processor time of all its processes together. */
  readonly cpuMs: number
}

/** What the message about a slow part says of it and of the machine. */
export interface Circumstances {
  /** Undefined when the log is empty. */
  readonly lastLine: string | undefined
  /** The line of the log that looks like the reason of a failure, else the last one. */
  readonly reason: string | undefined
  /** Processes that want to run, averaged over a minute. */
  readonly load: number
  readonly cores: number
}

export function vitalsOf({ log, group }: Child): Vitals {
  return { logSize: sizeOf(log), cpuMs: group === undefined ? 0 : cpuMsOfGroup(group) }
}

export function circumstancesOf({ log }: Child): Circumstances {
  const [load = 0] = loadavg()
  return { lastLine: lastLine(log), reason: reasonOf(log), load, cores: availableParallelism() }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
