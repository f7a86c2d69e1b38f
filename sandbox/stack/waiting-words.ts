/** What is said of a part that is slow to start. */
import type { Instant } from '#lib/clock'
import { LONGEST_MS, PATIENCE_MS, type Progress, type Verdict } from './progress.ts'
import type { Circumstances } from './vitals.ts'

export interface SlowPart {
  readonly name: string
  readonly progress: Progress
  readonly now: Instant
  readonly circumstances: Circumstances
}

export interface GivenUpPart extends SlowPart {
  /** Where it was asked. */
  readonly at: string
  readonly verdict: Verdict
  readonly log: string
}

/** A machine with more that wants to run than this per core is busy. */
const BUSY_LOAD = 1.5

/** One line while the wait goes on. */
export function stillWaiting(part: SlowPart): string {
  const { name, progress, now, circumstances } = part
  const line = circumstances.lastLine === undefined ? '' : ` Its log: ${circumstances.lastLine}`
  return `… waiting for ${name} for ${secondsOf(now - progress.began)}: ${answerOf(progress)}, ${progressOf(progress, now)}.${machine(circumstances)}${line}`
}

/** Why the start was given up, and what to do. */
export function gaveUp({ at, verdict, log, ...part }: GivenUpPart): string {
  const { name, progress, now, circumstances } = part
  const bound =
    verdict === 'overdue'
      ? `after ${secondsOf(LONGEST_MS)}, however it goes on`
      : `after ${secondsOf(PATIENCE_MS)} without progress, ${secondsOf(now - progress.began)} in all`
  return [
    `${name} is not ready at ${at}: given up ${bound}; ${answerOf(progress)}.${machine(circumstances)}`,
    circumstances.reason === undefined ? 'Its log is empty.' : `Its log: ${circumstances.reason}`,
    `Log: ${log}`,
  ].join('\n    ')
}

function answerOf({ heard }: Progress): string {
  const last = heard.at(-1)
  return last === undefined ? 'it has not answered yet' : `it answers ${last}`
}

function progressOf({ kind, at }: Progress, now: Instant): string {
  const since = `${secondsOf(now - at)} ago`
  switch (kind) {
    case 'start':
      return 'it has shown no progress'
    case 'log':
      return `its log grew ${since}`
    case 'cpu':
      return `it was at work ${since}`
    case 'answer':
      return `its answer changed ${since}`
  }
}

function machine({ load, cores }: Circumstances): string {
  const figures = `load ${load.toFixed(1)} on ${cores} ${cores === 1 ? 'core' : 'cores'}`
  return load / cores > BUSY_LOAD ? ` The machine is busy (${figures}).` : ` The machine is not busy (${figures}).`
}

function secondsOf(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
