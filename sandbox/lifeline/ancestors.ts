/**
 * The processes that a program stands on when npm runs it: npm, perhaps a shell between, and this process. npm and the
 * shell do not pass on every signal, and SIGKILL to none, so the program itself watches them.
 */
import { readFileSync } from 'node:fs'
import type { Environment } from '#lib/config'
import { commandOf, identify, isRunning, type ProcessId, parentOf } from '../stack/processes.ts'

export interface ProcessTable {
  readonly parentOf: (pid: number) => number | undefined
  readonly identify: (pid: number) => ProcessId | undefined
  readonly isRunning: (id: ProcessId) => boolean
  readonly commandOf: (pid: number) => string | undefined
  /** The environment it was started with; undefined where the system does not show it. */
  readonly environmentOf: (pid: number) => readonly string[] | undefined
}

export const SYSTEM_TABLE: ProcessTable = { parentOf, identify, isRunning, commandOf, environmentOf }

/** npm, a shell or two, and perhaps a wrapper of a package. */
const DEEPEST = 8
/** What npm sets for everything below a script of its own; yarn and pnpm do the same. */
const MARKS = ['npm_lifecycle_event', 'npm_lifecycle_script', 'npm_package_json']
const RUNNER = /(?:^|[/\\\s])(?:npm|pnpm|yarn|bun)(?:-cli)?(?:\.c?js)?(?:\s|$)/

/** The ancestors of `pid` up to the npm that runs it, the nearest first; none when npm does not. */
export function ancestorsToNpm(
  pid: number,
  env: Environment,
  table: ProcessTable = SYSTEM_TABLE,
): readonly ProcessId[] {
  if (!env['npm_lifecycle_event']) return []
  const marks = MARKS.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`]))
  const found: ProcessId[] = []
  let next = table.parentOf(pid)
  while (next !== undefined && next > 0 && found.length < DEEPEST) {
    const ancestor = table.identify(next)
    if (ancestor === undefined) break
    found.push(ancestor)
    if (isNpm(next, marks, table)) return found
    next = table.parentOf(next)
  }
  // npm was not recognised: the parent at least is known.
  return found.slice(0, 1)
}

/** npm itself was not started by the script, so it does not carry the script's marks. */
function isNpm(pid: number, marks: readonly string[], table: ProcessTable): boolean {
  const environment = table.environmentOf(pid)
  if (environment === undefined) return RUNNER.test(table.commandOf(pid) ?? '')
  return !marks.every((mark) => environment.includes(mark))
}

function environmentOf(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return undefined
  }
}
