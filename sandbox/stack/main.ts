/** `npm start`: all of Coxswain on this machine, in one process tree, until a signal, or the end of what started it, stops it. */
import { toAppError } from '#lib/errors'
import { untilNpmEnds, untilReleased } from '../lifeline/lifeline.ts'
import { OWNER_ONLY_UMASK } from './closed-folder.ts'
import { readSettings } from './settings.ts'
import { createStack } from './stack.ts'
import { hints, readyLine } from './words.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** What a process that a signal ended is taken to exit with: 128 plus the number of SIGINT. */
const INTERRUPTED = 130

// A terminal or pipe that is closed takes no more lines, and is no reason to end in disorder.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Resolves once the process that started this one has ended. */
async function untilAlone(): Promise<undefined> {
  tell(`! ${await Promise.race([untilNpmEnds(), untilReleased()])}`)
  return undefined
}

/** Resolves at the first signal. The second ends this process at once; its children follow by themselves. */
function untilSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (asked) process.exit(INTERRUPTED)
        asked = true
        resolve(undefined)
      })
    }
  })
}

async function main(): Promise<number> {
  process.umask(OWNER_ONLY_UMASK)
  const settings = readSettings(process.env)
  const stack = createStack(settings, { env: process.env, tell })
  const ended = Promise.race([untilSignal(), untilAlone(), stack.death])
  try {
    const dev = await Promise.race([stack.start(), ended])
    if (dev !== undefined) {
      tell(readyLine(dev))
      for (const line of hints(dev, { dataDir: settings.dataDir, isTerminal: process.stdout.isTTY === true }))
        tell(line)
      stack.begin()
      await ended
    }
    tell('Stopping …')
    return 0
  } finally {
    await stack.stop()
  }
}

function complain(error: unknown): void {
  const known = toAppError(error)
  process.stderr.write(`✗ ${known.code === 'internal' && error instanceof Error ? error.stack : known.message}\n`)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    complain(error)
    process.exit(1)
  },
)
