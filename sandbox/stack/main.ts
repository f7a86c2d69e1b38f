/** `npm start`: all of Coxswain on this machine, in one process tree, until it is told to stop. */
import { toAppError } from '#lib/errors'
import { readSettings } from './settings.ts'
import { createStack } from './stack.ts'
import { hints, readyLine } from './words.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** What a process that a signal ended is taken to exit with: 128 plus the number of SIGINT. */
const INTERRUPTED = 130

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
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
  const settings = readSettings(process.env)
  const stack = createStack(settings, { env: process.env, tell })
  const ended = Promise.race([untilSignal(), stack.death])
  try {
    const dev = await Promise.race([stack.start(), ended])
    if (dev !== undefined) {
      tell(readyLine(dev))
      for (const line of hints(dev, settings.dataDir)) tell(line)
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
