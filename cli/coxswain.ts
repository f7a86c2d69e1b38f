#!/usr/bin/env node
/** The `coxswain` command: administration from a shell, on whatever store the environment names. */
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createLedger } from '#lib/store/ledger'
import { createParkingStore } from '#lib/store/parked'
import { createTokenStore } from '#lib/store/tokens'
import { eventLetters, recordLetters, scheduleLetters } from './dead-letters.ts'
import { debtLetters } from './debts.ts'
import { redriveCommand } from './redrive.ts'
import { findTable } from './store.ts'
import { tokenCommand } from './tokens.ts'
import { UsageError } from './usage.ts'

const USAGE = `Usage:
  coxswain token create --scope <reader|worker|operator> --owner <worker id or name> [--expires <n>(m|h|d)]
  coxswain token list
  coxswain token revoke <id>
  coxswain redrive list [<kind>]
  coxswain redrive show <kind> <id>
  coxswain redrive run <kind> (<id> | --all)
  coxswain redrive drop <kind> <id>

Kinds of what was set aside for good: records, events, schedules, debts.

The store is the one that COXSWAIN_TABLE (and DYNAMODB_ENDPOINT, for a local engine) names; without them the one that
"npm start" runs, found through <COXSWAIN_DATA_DIR or .local>/dev.json.`

/** The last stack's address stays on file when the stack has ended. */
const WHICH_STORE = 'Is "npm start" running, or does DYNAMODB_ENDPOINT name the right place?'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

async function main([topic, ...rest]: readonly string[]): Promise<void> {
  if (topic === 'help' || topic === '--help' || topic === '-h') return console.log(USAGE)
  const lines = await command(topic, rest)
  console.log(lines.join('\n'))
}

function command(topic: string | undefined, rest: readonly string[]): Promise<readonly string[]> {
  switch (topic) {
    case 'token':
      return tokenCommand(rest, {
        tokens: () =>
          createTokens({ store: createTokenStore(findTable(process.env)), clock: systemClock, ids: systemIds }),
        clock: systemClock,
      })
    case 'redrive':
      return redriveCommand(rest, { kinds })
    default:
      throw new UsageError(topic === undefined ? 'Say what to do.' : `There is no command "${topic}".`)
  }
}

/** What `coxswain redrive` knows, by the word that names it. */
function kinds() {
  const table = findTable(process.env)
  const letters = createDeadLetterStore(table)
  return {
    records: recordLetters(letters, systemClock),
    events: eventLetters(createParkingStore(table, systemIds), systemClock),
    schedules: scheduleLetters(letters),
    debts: debtLetters(createLedger(table, systemClock)),
  }
}

function fail(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(`coxswain: ${error.message}\n\n${USAGE}`)
    process.exitCode = EXIT_USAGE
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  const isAway = error instanceof AppError && error.code === 'unavailable'
  console.error(`coxswain: ${message}${isAway ? ` ${WHICH_STORE}` : ''}`)
  if (!(error instanceof AppError) && process.env['LOG_LEVEL'] === 'DEBUG') console.error(error)
  process.exitCode = EXIT_FAILED
}

await main(process.argv.slice(2)).catch(fail)
