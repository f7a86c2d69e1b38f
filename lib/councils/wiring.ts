/**
 * Councils for functions that ask, list and submit: without agents and checks, which are ten times the rest. Whatever
 * carries out a run or makes an agent takes agents-wiring.ts. One set of clients per container.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { defaultEntries } from '#lib/agents/registry'
import { agentSettings, registryConfig } from '#lib/agents/settings'
import { DEFAULT_MODELS } from '#lib/agents/vendors'
import { seconds, systemClock } from '#lib/clock'
import { readConfig } from '#lib/config'
import { AppError } from '#lib/errors'
import { log } from '#lib/http/logger'
import { systemIds } from '#lib/ids'
import { createRunStore } from '#lib/store/councils'
import { createCouncilRegistry } from '#lib/store/councils-registry'
import { theTable } from '#lib/store/wiring'
import packageJson from '../../package.json' with { type: 'json' }
import { createCouncils } from './councils.ts'
import type { Councils } from './service.ts'
import { budgetsOf, councilSettings } from './settings.ts'

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

export const config = readConfig({
  ...agentSettings,
  ...councilSettings,
})

export const addresses = { allowed: config.ALLOW_PRIVATE_URLS }
export const registry = registryConfig(config, addresses, agentsFile(config.AGENTS_FILE))

const table = theTable()

/** What a council's service is made of, whoever uses it. */
export const parts = {
  store: createRunStore(table, ({ pk, sk }, error) => log.error('unreadable item left alone', { pk, sk, error })),
  registry: createCouncilRegistry(table),
  defaults: { entries: defaultEntries(registry) },
  clock: systemClock,
  ids: systemIds,
  warn: log.warn,
}

export const options = {
  version: packageJson.version,
  temperature: config.LLM_TEMPERATURE,
  max_tokens: config.LLM_MAX_TOKENS,
  allowOffline: config.ALLOW_OFFLINE_AGENTS,
  runMs: seconds(config.COUNCIL_RUN_SECONDS),
  callMs: seconds(config.COUNCIL_CALL_SECONDS),
  budgets: budgetsOf(config),
}

export const desk: Desk = createCouncils({
  ...parts,
  agents: { of: nobody },
  checks: { run: nobody },
  alarm: nobody,
  options: { ...options, kind: 'openai', models: { ...DEFAULT_MODELS, http: '', offline: '' } },
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
