/** The worker from its first line to its exit code. */
import { type Clock, seconds, systemClock, systemSleep } from '#lib/clock'
import { AppError, toAppError } from '#lib/errors'
import { systemChance } from '#lib/ids'
import { readConfig, type WorkerConfig } from '../config.ts'
import type { Log } from '../log.ts'
import { CREDENTIALS, type Sources } from '../secrets/credentials.ts'
import { ancestorsThatShow } from '../user/ancestors.ts'
import { checkPrograms, checkUser, holdUser } from '../user/check.ts'
import { createWorker, type Worker } from '../wiring.ts'
import type { Environment, Started } from './environment.ts'

/** Exit codes: ended as asked, broke down, configured wrongly, not let in (as sysexits.h has it). */
const EXIT = { ok: 0, broken: 1, usage: 2, denied: 77 } as const

/** What a process that a signal ended is taken to exit with: this plus the signal's number. */
const EXIT_BY_SIGNAL = 128

/** A terminal signals all that runs in it, and npx and a shell pass on to the worker what it has had by then. */
const SIGNALS = [
  { signal: 'SIGTERM', number: 15, comesTwice: false },
  { signal: 'SIGINT', number: 2, comesTwice: true },
  { signal: 'SIGHUP', number: 1, comesTwice: true },
] as const

/** Signals of a terminal that come within this time are one. */
const ONE_SIGNAL = seconds(1)

/** The first signal winds up; the second ends at once. */
function stopOnSignals(clock: Clock): AbortSignal {
  const stopping = new AbortController()
  let began = clock.now()
  for (const { signal, number, comesTwice } of SIGNALS) {
    process.on(signal, () => {
      const isSame = comesTwice && clock.now() - began < ONE_SIGNAL
      if (stopping.signal.aborted && !isSame) process.exit(EXIT_BY_SIGNAL + number)
      if (!stopping.signal.aborted) began = clock.now()
      stopping.abort()
    })
  }
  // What reads the log is gone, such as a terminal or `| head`.
  process.stderr.on('error', () => stopping.abort())
  return stopping.signal
}

const write = (line: string) => void process.stderr.write(`${line}\n`)

export async function work({ env, exposed }: Started, options: { readonly plain: boolean }): Promise<number> {
  const stopping = stopOnSignals(systemClock)
  const ports = { clock: systemClock, sleep: systemSleep, chance: systemChance, fetch: globalThis.fetch, write }
  try {
    const config = readConfig(env)
    const worker = createWorker(ports, config, options)
    worker.log.info('worker started', {
      worker: config.workerId,
      orchestrator: new URL(config.orchestrator.url).origin,
    })
    await prepare(worker, config)
    if (exposed) warnOfEnvironment(worker.log, env)
    return await run(worker, stopping)
  } catch (thrown) {
    write(thrown instanceof AppError ? thrown.message : `The worker cannot start: ${reasonOf(thrown)}`)
    return EXIT.usage
  }
}

/** What the system said, such as that a folder may not be made. */
function reasonOf(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : 'no reason given'
  return said.includes('uv_cwd') ? 'the folder that it was started in is gone. Change into another one.' : said
}

/** Throws AppError `invalid` for what would be in the way of every job. */
async function prepare({ log, user }: Worker, { command, credentials, workspace }: WorkerConfig): Promise<void> {
  if (user !== undefined) {
    const closed = Object.values(credentials).flatMap(({ file }) => file ?? [])
    checkUser({ user, workspace, closed })
    await holdUser(user)
  }
  checkPrograms(command.argv[0], command.env['PATH'] ?? '', user ?? null)
  if (user === undefined) warnOfStarters(log, credentials)
  if (user === undefined && process.getuid?.() === 0) {
    log.warn(
      'the command runs as root, and can read all that the worker can: name a user of its own in WORKER_COMMAND_USER',
    )
  }
}

function warnOfStarters(log: Log, credentials: Sources): void {
  const values = Object.values(credentials).flatMap(({ value }) => value ?? [])
  const starters = ancestorsThatShow(values).map(({ pid, name }) => `${name} (process ${pid})`)
  if (starters.length === 0) return
  log.warn(
    `the command can read a token in the environment of ${starters.join(' and of ')}, which started this worker: give the tokens by file`,
  )
}

/** For a system, or a version of Node, that cannot replace a process. */
function warnOfEnvironment(log: Log, env: Environment): void {
  const names = CREDENTIALS.filter((name) => env[name] !== undefined)
  if (names.length === 0) return
  const files = names.map((name) => `${name}_FILE`).join(', ')
  log.warn(
    `the command can read ${names.join(', ')} in the environment of this process: give ${files} in their place, or run the worker with Node 24 on Linux or macOS`,
  )
}

async function run({ log, loop, killAll }: Worker, stopping: AbortSignal): Promise<number> {
  process.on('exit', killAll)
  try {
    await loop.run(stopping)
    log.info('worker stopped')
    return EXIT.ok
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.details['denied'] !== undefined) {
      log.error(`worker ended: ${error.details['denied']} came as a variable; start it again with one that is accepted`)
      return EXIT.denied
    }
    log.error('worker broke down', { error: thrown instanceof Error ? thrown.message : 'unknown' })
    return EXIT.broken
  }
}
