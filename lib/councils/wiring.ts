/** Councils with their real parts. Imported by functions and the gRPC server at module scope: one set of clients per process. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createAgents } from '#lib/agents/agents'
import { OFFLINE_MODEL } from '#lib/agents/offline/agent'
import { defaultEntries } from '#lib/agents/registry'
import { agentSettings, agentsOptions, registryConfig } from '#lib/agents/settings'
import { DEFAULT_MODELS, vendorOf } from '#lib/agents/vendors'
import { createChecks } from '#lib/checks/checks'
import { rulesFrom } from '#lib/checks/policy-file'
import { seconds, systemClock, systemSleep } from '#lib/clock'
import { optionalText, readConfig, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'
import { log } from '#lib/http/logger'
import { systemChance, systemIds } from '#lib/ids'
import { createRunStore } from '#lib/store/councils'
import { createCouncilRegistry } from '#lib/store/councils-registry'
import { theTable } from '#lib/store/wiring'
import packageJson from '../../package.json' with { type: 'json' }
import { createCouncils } from './councils.ts'
import type { AgentEntry } from './model.ts'
import type { Alarm } from './ports.ts'
import { budgetsOf, TOKENS_PER_DAY, TOKENS_PER_RUN, USD_PER_DAY, USD_PER_RUN } from './settings.ts'

/** 0: no bound. */
const bound = (fallback: number) => whole(fallback, { min: 0, max: 9_999_999_999 })
/** Below the 900 s that a Lambda function may run, so that a run is decided by whoever carried it. */
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
  /** YAML or JSON: rules of the policy check beside the built-in ones. */
  COUNCIL_POLICY_FILE: optionalText,
})

// A table on this machine means a developer's machine: only there does loopback lead to something of ours.
const addresses = { allowed: config.ALLOW_PRIVATE_URLS, loopback: config.DYNAMODB_ENDPOINT !== undefined }
const table = theTable()
const registry = registryConfig(config, addresses, agentsFile(config.AGENTS_FILE))

const alarm: Alarm = (ms, ring) => {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}

const ports = { clock: systemClock, sleep: systemSleep, chance: systemChance }
// Nothing is awaited at the module's top: `serverless invoke local` requires its bundles.
const policyFile = config.COUNCIL_POLICY_FILE
const checks =
  policyFile === undefined
    ? Promise.resolve(createChecks())
    : rulesFrom(policyFile).then((rules) => createChecks({ rules }))

export const councils = createCouncils({
  store: createRunStore(table, ({ pk, sk }, error) => log.error('unreadable item left alone', { pk, sk, error })),
  registry: createCouncilRegistry(table),
  defaults: { entries: defaultEntries(registry) },
  agents: createAgents(ports, agentsOptions(config, addresses)),
  checks: { run: async (task, content) => (await checks).run(task, content) },
  clock: systemClock,
  ids: systemIds,
  alarm,
  warn: log.warn,
  options: {
    version: packageJson.version,
    kind: usualKind(),
    models: modelsOf(config.LLM_MODEL),
    temperature: config.LLM_TEMPERATURE,
    max_tokens: config.LLM_MAX_TOKENS,
    allowOffline: config.ALLOW_OFFLINE_AGENTS,
    runMs: seconds(config.COUNCIL_RUN_SECONDS),
    callMs: seconds(config.COUNCIL_CALL_SECONDS),
    budgets: budgetsOf(config),
  },
})

/** What an agent is whose kind nobody says: of a configured vendor, else offline where that stands in for all. */
function usualKind(): AgentEntry['kind'] {
  const { model, configured, standIns } = registry
  const usual = configured.anthropic ? 'anthropic' : configured.openai ? 'openai' : null
  return (model === null ? usual : vendorOf(model, configured)) ?? (standIns ? 'offline' : 'openai')
}

function modelsOf(model: string | undefined): Readonly<Record<AgentEntry['kind'], string>> {
  const service = model ?? 'agent-service'
  return {
    anthropic: model?.startsWith('claude') === true ? model : DEFAULT_MODELS.anthropic,
    openai: model ?? DEFAULT_MODELS.openai,
    http: service,
    offline: OFFLINE_MODEL,
  }
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
