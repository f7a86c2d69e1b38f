/** One run of `coxswain`: from the words of a command line to what is shown and the exit code. */
import { readFileSync } from 'node:fs'
import { AppError } from '#lib/errors'
import { COMMANDS } from './commands.ts'
import type { Context } from './line/command.ts'
import { helpOf, overview, usageOf } from './line/help.ts'
import { type Understood, understand } from './line/parse.ts'
import { UsageError } from './line/usage.ts'
import { printable } from './show/printable.ts'

export interface Shown {
  /** Standard output. */
  readonly lines: readonly string[]
  /** Standard error. */
  readonly complaint: readonly string[]
  readonly exitCode: number
}

const DONE = 0
const FAILED = 1
const NOT_UNDERSTOOD = 2
const MANIFEST = new URL('../package.json', import.meta.url)

/** Never throws: what went wrong is shown. */
export async function runProgram(argv: readonly string[], context: Context): Promise<Shown> {
  try {
    const understood = understand(COMMANDS, argv)
    if (understood.kind === 'run') return await run(understood, context)
    const lines = understood.kind === 'version' ? [`coxswain ${versionOf(MANIFEST)}`] : helpFor(understood.of)
    return { lines, complaint: [], exitCode: DONE }
  } catch (error) {
    return failure(error, context, argv)
  }
}

async function run({ command, given }: Extract<Understood, { kind: 'run' }>, context: Context): Promise<Shown> {
  try {
    const runCommand = await command.load()
    const { lines, failed = false } = await runCommand(given, context)
    return { lines, complaint: [], exitCode: failed ? FAILED : DONE }
  } catch (error) {
    if (error instanceof UsageError) error.command ??= command.name
    throw error
  }
}

function helpFor(name: string): readonly string[] {
  const command = COMMANDS.find((one) => one.name === name)
  return command === undefined ? overview(COMMANDS, name) : helpOf(command)
}

function versionOf(manifest: URL): string {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  return version
}

function failure(error: unknown, { env }: Context, argv: readonly string[]): Shown {
  const message = error instanceof Error ? error.message : String(error)
  const complaint = `coxswain: ${message}`.split('\n').map(printable)
  if (error instanceof UsageError) {
    const usage = argv.length === 0 ? overview(COMMANDS) : usageFor(error)
    return { lines: [], complaint: [...complaint, '', ...usage], exitCode: NOT_UNDERSTOOD }
  }
  const isOurs = error instanceof AppError || !(error instanceof Error)
  const stack = !isOurs && env['LOG_LEVEL'] === 'DEBUG' ? (error.stack?.split('\n') ?? []).map(printable) : []
  return { lines: [], complaint: [...complaint, ...stack], exitCode: FAILED }
}

/** Short: all commands would push what was wrong off the screen. */
function usageFor({ command: name }: UsageError): readonly string[] {
  if (name === undefined) return ['Usage: coxswain <command> [options]', 'All commands: coxswain help']
  const command = COMMANDS.find((one) => one.name === name)
  return command === undefined ? overview(COMMANDS, name) : [usageOf(command), `More: coxswain help ${name}`]
}
