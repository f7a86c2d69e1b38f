#!/usr/bin/env node
/** `coxswain-worker`: takes issues from the orchestrator, runs the configured command on them, brings back pull requests. */
import { systemClock, systemSleep } from '#lib/clock'
import { toAppError } from '#lib/errors'
import { systemChance } from '#lib/ids'
import { environment, readConfig } from './config.ts'
import { createWorker } from './wiring.ts'

const USAGE = `usage: coxswain-worker [--plain]

  --plain   progress for people instead of JSON lines
  --help    this text

Configured by the environment: WORKER_ID ORCHESTRATOR_URL ORCHESTRATOR_TOKEN (or ORCHESTRATOR_TOKEN_FILE)
GITHUB_TOKEN (required),
WORKSPACE_DIR WORKER_POLL_INTERVAL WORKER_COMMAND WORKER_COMMAND_TIMEOUT WORKER_PASS_ENV WORKER_MAX_JOBS WORKER_IGNORE
WORKER_SUBMODULE_HOSTS GITHUB_API_URL GIT_BASE_URL ANTHROPIC_API_KEY ALLOW_PRIVATE_URLS LOG_LEVEL.
`

/** Exit codes: ended as asked, broke down, called or configured wrongly. */
const EXIT = { ok: 0, broken: 1, usage: 2 } as const

/** What a process that a signal ended is taken to exit with: this plus the signal's number. */
const EXIT_BY_SIGNAL = 128

const SIGNALS = [
  ['SIGTERM', 15],
  ['SIGINT', 2],
] as const

/** The first signal winds up; the second ends at once. */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController()
  for (const [signal, number] of SIGNALS) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT_BY_SIGNAL + number)
      stopping.abort()
    })
  }
  return stopping.signal
}

async function main(flags: readonly string[]): Promise<number> {
  if (flags.includes('--help')) {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  if (flags.some((flag) => flag !== '--plain')) {
    process.stderr.write(USAGE)
    return EXIT.usage
  }
  return work(flags.includes('--plain'))
}

async function work(plain: boolean): Promise<number> {
  const stopping = stopOnSignals()
  const config = readConfig(environment())
  const ports = { clock: systemClock, sleep: systemSleep, chance: systemChance, fetch: globalThis.fetch }
  const write = (line: string) => process.stderr.write(`${line}\n`)
  const { log, loop, killAll } = createWorker({ ...ports, write }, config, { plain })
  process.on('exit', killAll)
  log.info('worker started', { worker: config.workerId, orchestrator: new URL(config.orchestrator.url).origin })
  try {
    await loop.run(stopping)
    log.info('worker stopped')
    return EXIT.ok
  } catch (thrown) {
    log.error('worker broke down', { error: thrown instanceof Error ? thrown.message : 'unknown' })
    return EXIT.broken
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    process.stderr.write(`${toAppError(thrown).message}\n`)
    process.exit(EXIT.usage)
  },
)
