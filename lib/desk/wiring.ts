/**
 * Councils for functions that ask, list and submit: without agents and checks, which are ten times the rest. Whatever
 * carries out a run or makes an agent takes lib/councils/wiring.ts.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { defaultEntries } from '#lib/agents/registry'
import { agentSettings, registryConfig } from '#lib/agents/settings'
import { DEFAULT_MODELS } from '#lib/agents/vendors'
import { seconds, systemClock } from '#lib/clock'
import { readConfig, settings, whole } from '#lib/config'
import { createCouncils } from '#lib/councils/councils'
import type { Councils } from '#lib/councils/service'
import { budgetsOf, TOKENS_PER_DAY, TOKENS_PER_RUN, USD_PER_DAY, USD_PER_RUN } from '#lib/councils/settings'
import { AppError } from '#lib/errors'
import { log } from '#lib/http/logger'
import { systemIds } from '#lib/ids'
import { createRunStore } from '#lib/store/councils'
import { createCouncilRegistry } from '#lib/store/councils-registry'
import { theTable } from '#lib/store/wiring'
import packageJson from '../../package.json' with { type: 'json' }

/** What needs no agent. */
type Desk = Pick<
  Councils,
  | 'submitDeliberation'
  | 'submitOrchestration'
  | 'result'
  | 'list'
  | 'transcript'
  | 'recount'
  | 'stats'
  | 'listCouncils'
  | 'deleteCouncil'
>

const bound = (fallback: number) => whole(fallback, { min: 0, max: 9_999_999_999 })
/** Below the 900 s that a Lambda function may run. */
const MAX_RUN_SECONDS = 870

const config = readConfig({
  ...agentSettings,
  DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
  COUNCIL_TOKENS_PER_RUN: bound(TOKENS_PER_RUN),
  COUNCIL_USD_PER_RUN: bound(USD_PER_RUN),
  COUNCIL_TOKENS_PER_DAY: bound(TOKENS_PER_DAY),
  COUNCIL_USD_PER_DAY: bound(USD_PER_DAY),
  COUNCIL_RUN_SECONDS: whole(600, { min: 1, max: MAX_RUN_SECONDS }),
  COUNCIL_CALL_SECONDS: whole(120, { min: 1, max: MAX_RUN_SECONDS }),
})

// A table on this machine means a developer's machine: only there does loopback lead to something of ours.
const addresses = { allowed: config.ALLOW_PRIVATE_URLS, loopback: config.DYNAMODB_ENDPOINT !== undefined }
const table = theTable()

export const desk: Desk = createCouncils({
  store: createRunStore(table, ({ pk, sk }, error) => log.error('unreadable item left alone', { pk, sk, error })),
  registry: createCouncilRegistry(table),
  defaults: { entries: defaultEntries(registryConfig(config, addresses, agentsFile(config.AGENTS_FILE))) },
  agents: { of: nobody },
  checks: { run: nobody },
  clock: systemClock,
  ids: systemIds,
  alarm: nobody,
  warn: log.warn,
  options: {
    version: packageJson.version,
    kind: 'openai',
    models: { ...DEFAULT_MODELS, http: '', offline: '' },
    temperature: config.LLM_TEMPERATURE,
    max_tokens: config.LLM_MAX_TOKENS,
    allowOffline: config.ALLOW_OFFLINE_AGENTS,
    runMs: seconds(config.COUNCIL_RUN_SECONDS),
    callMs: seconds(config.COUNCIL_CALL_SECONDS),
    budgets: budgetsOf(config),
  },
})

/** Nothing that `Desk` names comes here. */
function nobody(): never {
  throw new AppError('internal', 'Runs are not carried out here.')
}

/** The parsed file of agents: YAML, or JSON, which is YAML too. */
function agentsFile(path: string | undefined): unknown {
  if (path === undefined) return undefined
  try {
    return parse(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown'
    throw new AppError('invalid', `The configuration is wrong. AGENTS_FILE: cannot read ${path}: ${why}`, { cause })
  }
}
