/** `npm run demo:fleet [-- --small --keep]`: a fleet of workers on issues that depend on each other, and all that goes wrong. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { systemClock, systemSleep } from '#lib/clock'
import { toAppError } from '#lib/errors'
import { endWithNpm } from '../lifeline/lifeline.ts'
import { FULL, SMALL } from './issues.ts'
import { runDemo } from './run.ts'
import type { Scenario } from './scenario.ts'
import { createScreen } from './screen.ts'
import { judge } from './verdict.ts'
import { claimLines, secondsOf, tableLines } from './words.ts'

endWithNpm()

const WORKERS = 4
/** What a process that a signal ended is taken to exit with: 128 plus the number of SIGINT. */
const INTERRUPTED = 130

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time at once: exiting ends the workers and the stack, too.
    if (stopping.signal.aborted) process.exit(INTERRUPTED)
    stopping.abort()
  })
}

const screen = createScreen(process.stdout)

async function show(scenario: Scenario, folder: string): Promise<number> {
  const ports = { screen, clock: systemClock, sleep: systemSleep }
  const outcome = await runDemo(ports, { scenario, workers: WORKERS, folder, stop: stopping.signal })
  screen.settle()
  for (const line of ['', ...tableLines(scenario, outcome.stories, outcome.waited), '']) screen.print(line)
  const left = outcome.leftovers.map((group) => `process group ${group} is still there`)
  const claims = [...judge(outcome), { claim: 'nothing is left running', violations: left }]
  for (const line of claimLines(claims)) screen.print(line)
  const failed = claims.filter(({ violations }) => violations.length > 0).length
  screen.print(`\n${claims.length - failed} hold, ${failed} do not; ${secondsOf(outcome.elapsedMs).trim()}`)
  return failed
}

function complain(error: unknown): void {
  const known = toAppError(error)
  process.stderr.write(`✗ ${known.code === 'internal' ? inspect(error) : known.message}\n`)
}

const { values } = parseArgs({
  options: { small: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
})
const folder = mkdtempSync(join(tmpdir(), 'coxswain-fleet-'))
try {
  process.exitCode = (await show(values.small ? SMALL : FULL, folder)) === 0 ? 0 : 1
} catch (error) {
  screen.settle()
  const { aborted } = stopping.signal
  if (!aborted) complain(error)
  process.exitCode = aborted ? INTERRUPTED : 1
}
if (values.keep || process.exitCode === 1) screen.print(`Data and logs are kept in ${folder}.`)
else rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
process.exit()
