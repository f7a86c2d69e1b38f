/**
 * The log files of the parts: `<part>.log`, the two before it, and the last one of a run that crashed. The part holds the
 * file open for appending, so it is rotated by a copy and a truncation: a pipe would end with the stack, and stop the part
 * whenever the stack is busy.
 */
import { copyFileSync, existsSync, mkdirSync, openSync, renameSync, statSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'

/** A log that is larger is rotated. */
const LOG_MAX_BYTES = 10_000_000
/** Logs are looked at this often. */
const LOOK_MS = 10_000
/** Readable by their owner alone: they name repositories, issues and people. */
const OWNER_ONLY = 0o600

/** Opens an empty log; the caller closes it. The log of the run before moves on, and is kept apart when that run crashed. */
export function openLog(log: string, previousCrashed: boolean): number {
  mkdirSync(dirname(log), { recursive: true })
  if (existsSync(log)) {
    if (previousCrashed) keepCrashed(log)
    shift(log)
    renameSync(log, numbered(log, 1))
  }
  return openSync(log, 'a', OWNER_ONLY)
}

/** Copies the log of a program that crashed to where only the next crash replaces it, and returns that place. */
export function keepCrashed(log: string): string {
  const kept = log.replace(/\.log$/, '.crashed.log')
  copyFileSync(log, kept)
  return kept
}

/** Rotates a log that is larger than `max`. Lines written between the copy and the truncation are lost. */
export function rotate(log: string, max = LOG_MAX_BYTES): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (size <= max) return
  shift(log)
  copyFileSync(log, numbered(log, 1))
  truncateSync(log)
}

/** Keeps the logs of `children` small until it is stopped. */
export function startRotation(children: readonly { readonly log: string }[]) {
  const timer = setInterval(() => {
    for (const { log } of children) rotate(log)
  }, LOOK_MS)
  timer.unref()
  return { name: 'logs', stop: async () => clearInterval(timer) }
}

function shift(log: string): void {
  if (existsSync(numbered(log, 1))) renameSync(numbered(log, 1), numbered(log, 2))
}

function numbered(log: string, place: 1 | 2): string {
  return log.replace(/\.log$/, `.${place}.log`)
}
