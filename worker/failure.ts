/** What becomes of a job that failed: whose fault it was, and in which words it is reported. */
import type { AppError } from '#lib/errors'
import { type CommandEnd, KEPT_OUTPUT } from './command.ts'
import type { Mask } from './mask.ts'
import type { Place } from './names.ts'
import type { Report } from './protocol.ts'
import { tailOf } from './words.ts'

export type Failure = Pick<Extract<Report, { error: string }>, 'kind' | 'error'>

/** Characters of an error report. */
const LONGEST_ERROR = 4000

/** What a command exits with to say "not now" (EX_TEMPFAIL of sysexits.h), e.g. when its vendor limits it. */
const TRY_LATER = 75

/** Errors that say that trying the same again is of no use. */
const REFUSED: ReadonlySet<string> = new Set(['invalid', 'forbidden', 'not_found', 'conflict'])

/**
 * Before the command has run, whatever is in the way is the machine's failure. Afterwards a run is paid for: what the tree
 * or the remote's rules refuse is a failure of the attempt, since another run meets the same; a `fault` of the `machine`,
 * such as a token that ran out, is not.
 */
export function kindOf(error: AppError, phase: 'before' | 'after'): Failure['kind'] {
  if (error.code === 'rate_limited') return 'rate_limited'
  if (error.details['fault'] === 'machine') return 'infrastructure'
  if (phase === 'before') return error.code === 'invalid' ? 'failed' : 'infrastructure'
  return REFUSED.has(error.code) ? 'failed' : 'infrastructure'
}

/** True when the result is of use to a later lease; a refusal of the work itself, or of a branch that has moved on, is not. */
export function isWorthKeeping(error: AppError): boolean {
  const { result, fault } = error.details
  if (result === 'redo') return false
  return result === 'keep' || fault === 'machine' || !REFUSED.has(error.code)
}

/** The report on an error, without secrets and without paths of this machine. */
export function failureOf(error: AppError, phase: 'before' | 'after', said: { mask: Mask; place: Place }): Failure {
  const text = withoutPaths(said.mask(messageOf(error)), said.place)
  return { kind: kindOf(error, phase), error: tailOf(text, LONGEST_ERROR) }
}

/** The report on a command that did not end well. */
export function failureOfEnd(end: CommandEnd, mask: Mask, started: Started): Failure {
  const output = withoutCut(end.output, mask).trim()
  const text = `${sentenceOf(end, started)}${output === '' ? '' : `\n\n${tailOf(output, LONGEST_ERROR - 200)}`}`
  if (end.kind === 'unstartable') return { kind: 'infrastructure', error: text }
  return { kind: end.kind === 'exited' && end.code === TRY_LATER ? 'rate_limited' : 'failed', error: text }
}

/** A secret that was cut in two where the kept output begins is not known any more, so that much of it is not shown. */
const LONGEST_SECRET = KEPT_OUTPUT / 2

function withoutCut(output: string, mask: Mask): string {
  return output.length < KEPT_OUTPUT ? mask(output) : mask(output).slice(LONGEST_SECRET)
}

function messageOf(error: AppError): string {
  return error.code === 'internal' && error.cause instanceof Error ? error.cause.message : error.message
}

/** Where the job lies is of no interest to readers of the issue; files are named as the repository names them. */
function withoutPaths(text: string, { tree, mirror, folder }: Place): string {
  const named = [
    [`${tree}/`, ''],
    [tree, 'the working tree'],
    [mirror, 'the local mirror'],
    [`${folder}/`, ''],
    [folder, "the job's folder"],
  ] as const
  return named.reduce((clean, [path, name]) => clean.replaceAll(path, name), text)
}

/** What was started. */
export interface Started {
  readonly program: string
  readonly timeoutMs: number
}

/** Codes by which a shell says that it could not start a program. */
const SHELL: Readonly<Record<number, string>> = {
  126: ' A shell says so of a program that it may not run.',
  127: ' A shell says so of a program that it did not find.',
}

function sentenceOf(end: CommandEnd, { program, timeoutMs }: Started): string {
  switch (end.kind) {
    case 'exited':
      return `The command exited with code ${end.code}.${SHELL[end.code] ?? ''}`
    case 'killed':
      return `The command was killed by ${end.by}.${end.by === 'SIGKILL' ? ' Did the machine run out of memory?' : ''}`
    case 'timeout':
      return `The command took longer than the ${timeoutMs / 1000} seconds of WORKER_COMMAND_TIMEOUT and was stopped.`
    case 'stopped':
      return 'The command was stopped.'
    case 'unstartable':
      return `The command could not be started: ${startTrouble(end.reason, program)} (${end.reason}).`
  }
}

function startTrouble(reason: string, program: string): string {
  if (reason === 'EACCES') return `${program} is not executable for the user that runs it`
  if (reason !== 'ENOENT') return `the system refused to start ${program}`
  if (!program.includes('/'))
    return `${program} is in no folder of the worker's PATH; install it, or set WORKER_COMMAND or PATH`
  return `there is no ${program}, or the interpreter that its first line names is missing`
}
