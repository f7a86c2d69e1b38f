/** Which agents there are before anybody registers one: from a file, an agent service, the vendors' keys, or offline. */
import { AGENT_KINDS, type AgentEntry, type AgentKind, type Capabilities } from '#lib/councils/model'
import { AppError, type FieldError } from '#lib/errors'
import { type AddressPolicy, checkedUrl } from '#lib/upstream/guarded-fetch'
import { OFFLINE_MODEL } from './offline/agent.ts'
import { type FileAgent, readAgents } from './registry-file.ts'
import { DEFAULT_MODELS, vendorOf } from './vendors.ts'

export interface RegistryConfig {
  /** The content of AGENTS_FILE, parsed; undefined when there is none. It then says everything. */
  readonly file: unknown
  /** An agent service with an address per agent; null when there is none. */
  readonly service: { readonly host: string; readonly port: number } | null
  readonly configured: Readonly<Record<'anthropic' | 'openai', boolean>>
  /** LLM_MODEL; null for the vendor's usual one. */
  readonly model: string | null
  readonly temperature: number
  readonly maxTokens: number
  readonly perRole: number
  /** Offline agents when nothing else is configured. */
  readonly standIns: boolean
  readonly addresses: AddressPolicy
}

/** The roles that have a council when agents are configured. */
const DEFAULT_ROLES = ['DEV', 'QA', 'ARCHITECT', 'DEVOPS', 'DATA'] as const

/** What an agent service is asked for when LLM_MODEL does not say. */
const SERVICE_MODEL = 'agent-service'
const NOTHING_SPECIAL: Capabilities = {
  supported_tasks: [],
  model_profile: 'default',
  max_concurrent_tasks: 1,
  languages: [],
}

/** The entries, role by role. Throws `invalid` that names every problem of the configuration at once. */
export function defaultEntries(config: RegistryConfig): AgentEntry[] {
  if (config.file !== undefined) return fromFile(config)
  if (config.service !== null) return fromService(config, config.service)
  if (config.configured.anthropic || config.configured.openai) return fromKeys(config)
  return config.standIns ? forEachRole(config, () => ({ kind: 'offline', model: OFFLINE_MODEL, endpoint: null })) : []
}

/** `agent-dev-001` for the first agent of the role DEV. */
export function agentId(role: string, number: number): string {
  return `agent-${role.toLowerCase()}-${String(number).padStart(3, '0')}`
}

type Where = Pick<AgentEntry, 'kind' | 'model' | 'endpoint'>

function forEachRole(config: RegistryConfig, where: (role: string, number: number) => Where): AgentEntry[] {
  return DEFAULT_ROLES.flatMap((role) =>
    Array.from({ length: config.perRole }, (_, index) =>
      entryOf(config, { agent_id: agentId(role, index + 1), role, ...where(role, index + 1) }),
    ),
  )
}

function entryOf(
  { temperature, maxTokens }: RegistryConfig,
  given: Where & Pick<AgentEntry, 'agent_id' | 'role'> & Partial<AgentEntry>,
): AgentEntry {
  return { temperature, max_tokens: maxTokens, capabilities: NOTHING_SPECIAL, metadata: {}, ...given }
}

function fromKeys(config: RegistryConfig): AgentEntry[] {
  const kind = config.model === null ? usualVendor(config) : vendorOf(config.model, config.configured)
  if (kind === null) throw wrong([{ path: 'LLM_MODEL', message: unserved(config.model ?? '') }])
  const model = config.model ?? DEFAULT_MODELS[kind]
  return forEachRole(config, () => ({ kind, model, endpoint: null }))
}

const usualVendor = ({ configured }: RegistryConfig) => (configured.anthropic ? 'anthropic' : 'openai')

function unserved(model: string): string {
  return `"${model.slice(0, 60)}" is served by no configured vendor: set OPENAI_API_KEY or OPENAI_BASE_URL, or name a claude model`
}

function fromService(config: RegistryConfig, { host, port }: { readonly host: string; readonly port: number }) {
  const origin = `http://${host}:${port}`
  const problem = addressProblem(origin, config)
  if (problem !== undefined) throw wrong([{ path: 'AGENT_REGISTRY_HOST', message: problem }])
  const model = config.model ?? SERVICE_MODEL
  return forEachRole(config, (role, number) => ({
    kind: 'http',
    model,
    endpoint: `${origin}/agents/${agentId(role, number)}`,
  }))
}

function fromFile(config: RegistryConfig): AgentEntry[] {
  const { agents, errors } = readAgents(config.file)
  const entries = agents.map((agent) => fromFileAgent(config, agent))
  const problems = entries.flatMap((entry, index) => problemsOf(config, entry, agents[index]?.path ?? 'agents'))
  const all = [...errors, ...problems, ...doubles(entries)]
  if (all.length > 0) throw wrong(all)
  return entries
}

function fromFileAgent(config: RegistryConfig, agent: FileAgent): AgentEntry {
  const { number, role } = agent
  const model = agent.model ?? config.model
  const endpoint = agent.endpoint === undefined ? null : withScheme(agent.endpoint)
  const kind = agent.kind ?? kindOf(config, model, endpoint)
  const usual = kind === 'http' ? SERVICE_MODEL : kind === 'offline' ? OFFLINE_MODEL : DEFAULT_MODELS[kind]
  return entryOf(config, {
    agent_id: agent.agent_id ?? agentId(role, number),
    role,
    kind,
    model: model ?? usual,
    endpoint,
    ...(agent.temperature !== undefined && { temperature: agent.temperature }),
    ...(agent.max_tokens !== undefined && { max_tokens: agent.max_tokens }),
    ...(agent.metadata !== undefined && { metadata: agent.metadata }),
    ...(agent.capabilities !== undefined && { capabilities: { ...NOTHING_SPECIAL, ...agent.capabilities } }),
  })
}

/** An entry without a kind: one with an endpoint is an agent service, any other belongs to the vendor of its model. */
function kindOf(config: RegistryConfig, model: string | null, endpoint: string | null): AgentKind {
  if (endpoint !== null) return 'http'
  if (model === null) return usualVendor(config)
  return vendorOf(model, config.configured) ?? (/^claude/i.test(model) ? 'anthropic' : 'openai')
}

/** `agent-dev-0:50070` is an http address without its scheme. */
const withScheme = (endpoint: string): string => (endpoint.includes('://') ? endpoint : `http://${endpoint}`)

function problemsOf(config: RegistryConfig, { kind, endpoint, model }: AgentEntry, path: string): FieldError[] {
  if (endpoint !== null) {
    const problem = addressProblem(endpoint, config)
    return problem === undefined ? [] : [{ path: `${path}.endpoint`, message: problem }]
  }
  if (kind === 'http') return [{ path: `${path}.endpoint`, message: 'is needed by an agent of kind http' }]
  if (kind === 'offline' || config.configured[kind]) return []
  return [{ path: `${path}.model`, message: `${unserved(model)}` }]
}

function addressProblem(url: string, { addresses }: RegistryConfig): string | undefined {
  try {
    checkedUrl(url, addresses)
    return undefined
  } catch (error) {
    return error instanceof AppError ? error.message : 'is no address'
  }
}

function doubles(entries: readonly AgentEntry[]): FieldError[] {
  const ids = entries.map(({ agent_id }) => agent_id)
  const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index))
  return [...twice].map((id) => ({ path: 'agents', message: `the id ${id} is given twice` }))
}

function wrong(errors: readonly FieldError[]): AppError {
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new AppError('invalid', `The configuration of agents is wrong. ${list}`, { errors })
}

/** As RegisterAgent and CreateCouncil call kinds; undefined for a word that names none. */
export function kindNamed(word: string): AgentKind | undefined {
  const lower = word.trim().toLowerCase()
  const synonyms: Readonly<Record<string, AgentKind>> = { mock: 'offline', vllm: 'openai', ray_vllm: 'openai' }
  return AGENT_KINDS.find((kind) => kind === lower) ?? (Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined)
}
