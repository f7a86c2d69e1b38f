/** Councils with agents that answer and checks that run: what carries out runs, in a function or in the gRPC server. */
import { createAgents } from '#lib/agents/agents'
import { OFFLINE_MODEL } from '#lib/agents/offline/agent'
import { agentsOptions } from '#lib/agents/settings'
import { DEFAULT_MODELS, vendorOf } from '#lib/agents/vendors'
import { createChecks } from '#lib/checks/checks'
import { rulesFrom } from '#lib/checks/policy-file'
import { seconds, systemClock, systemSleep } from '#lib/clock'
import { systemChance } from '#lib/ids'
import { createCouncils } from './councils.ts'
import type { AgentEntry } from './model.ts'
import type { Alarm } from './ports.ts'
import { addresses, config, options, parts, registry } from './wiring.ts'

/** YAML or JSON: rules of the policy check beside the built-in ones. */
const policyFile = config.COUNCIL_POLICY_FILE

/** The gRPC server is asked by many: it reads councils once a second at most. */
const COUNCILS_FRESH_MS = seconds(1)

const alarm: Alarm = (ms, ring) => {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}

// Nothing is awaited at the module's top: `serverless invoke local` requires its bundles.
const checks =
  policyFile === undefined
    ? Promise.resolve(createChecks())
    : rulesFrom(policyFile).then((rules) => createChecks({ rules }))

export const councils = createCouncils({
  ...parts,
  agents: createAgents(
    { clock: systemClock, sleep: systemSleep, chance: systemChance, warn: parts.warn },
    agentsOptions(config, addresses),
  ),
  checks: { run: async (task, content) => (await checks).run(task, content) },
  alarm,
  options: { ...options, councilsFreshMs: COUNCILS_FRESH_MS, kind: usualKind(), models: modelsOf(config.LLM_MODEL) },
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
