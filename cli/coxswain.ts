#!/usr/bin/env node
import { createTokens } from '#lib/auth/service'
/** The `coxswain` command: administration from a shell, on whatever store the environment names. */
import { systemClock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { findTokenStore } from './store.ts'
import { tokenCommand } from './tokens.ts'
import { UsageError } from './usage.ts'

const USAGE = `Usage:
  coxswain token create --scope <reader|worker|operator> --owner <worker id or name> [--expires <n>(m|h|d)]
  coxswain token list
  coxswain token revoke <id>

The store is the one that COXSWAIN_TABLE (and DYNAMODB_ENDPOINT, for a local engine) names; without them the one that
"npm start" runs, found through <COXSWAIN_DATA_DIR or .local>/dev.json.`

const EXIT_FAILED = 1
const EXIT_USAGE = 2

async function main([topic, ...rest]: readonly string[]): Promise<void> {
  if (topic === 'help' || topic === '--help' || topic === '-h') return console.log(USAGE)
  if (topic !== 'token')
    throw new UsageError(topic === undefined ? 'Say what to do.' : `There is no command "${topic}".`)
  const tokens = () => createTokens({ store: findTokenStore(process.env), clock: systemClock, ids: systemIds })
  const lines = await tokenCommand(rest, { tokens, clock: systemClock })
  console.log(lines.join('\n'))
}

function fail(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(`coxswain: ${error.message}\n\n${USAGE}`)
    process.exitCode = EXIT_USAGE
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  console.error(`coxswain: ${message}`)
  if (!(error instanceof AppError) && process.env['LOG_LEVEL'] === 'DEBUG') console.error(error)
  process.exitCode = EXIT_FAILED
}

await main(process.argv.slice(2)).catch(fail)
