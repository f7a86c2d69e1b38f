/** Entries of agents from what a caller says of them. */
import { AppError } from '#lib/errors'
import { invalid, numberIn } from './bounds.ts'
import { CouncilError } from './errors.ts'
import { AGENT_KINDS, type AgentEntry, type AgentKind } from './model.ts'
import type { Agents } from './ports.ts'
import { agentId } from './roster.ts'
import type { CreateCouncilRequest, RegisterAgentRequest } from './service.ts'

/** What an entry is made of where nobody says otherwise. */
export interface EntryOptions {
  /** The kind of an agent whose type is not given. */
  readonly kind: AgentKind
  readonly models: Readonly<Record<AgentKind, string>>
  readonly temperature: number
  readonly max_tokens: number
  readonly allowOffline: boolean
}

const ALIASES: Readonly<Record<string, AgentKind>> = { mock: 'offline', vllm: 'openai', ray_vllm: 'openai' }
const MAX_TEMPERATURE = 2
const MAX_TOKENS = 1_000_000

/** The kind that a type means; the default when it is empty. */
function kindOf(type: string, fallback: AgentKind, field: string): AgentKind {
  const name = type.trim().toLowerCase()
  if (name === '') return fallback
  const kind = AGENT_KINDS.find((one) => one === name) ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined)
  return kind ?? invalid(field, `must be one of ${[...AGENT_KINDS, ...Object.keys(ALIASES)].join(', ')}`)
}

/** The agents of a new council. */
export function councilEntries(
  { role, config }: CreateCouncilRequest,
  count: number,
  options: EntryOptions,
): readonly AgentEntry[] {
  const kind = kindOf(config.agent_type, options.kind, 'config.agent_type')
  const params = config.custom_params
  const made: Omit<AgentEntry, 'agent_id'> = {
    role,
    kind,
    model: config.model_profile || params['model'] || options.models[kind],
    endpoint: params['endpoint'] || null,
    temperature: numberIn(params, 'temperature', temperatureRule(options)),
    max_tokens: numberIn(params, 'max_tokens', tokensRule(options)),
    capabilities: {
      supported_tasks: [],
      model_profile: config.model_profile,
      max_concurrent_tasks: 1,
      languages: [],
    },
    metadata: {},
  }
  return Array.from({ length: count }, (_, at) => ({ agent_id: agentId(role, at + 1), ...made }))
}

/** A registered agent: of the kind that its metadata says, else a service when it has an endpoint, else the default. */
export function registeredEntry(request: RegisterAgentRequest, options: EntryOptions): AgentEntry {
  const { agent_id, role, capabilities, endpoint, metadata } = request
  const said = metadata['kind'] ?? metadata['agent_type'] ?? ''
  const kind = kindOf(said, endpoint === '' ? options.kind : 'http', 'metadata.kind')
  return {
    agent_id,
    role,
    kind,
    model: capabilities.model_profile || metadata['model'] || options.models[kind],
    endpoint: endpoint || null,
    temperature: numberIn(metadata, 'temperature', temperatureRule(options)),
    max_tokens: numberIn(metadata, 'max_tokens', tokensRule(options)),
    capabilities,
    metadata,
  }
}

/** Throws FAILED_PRECONDITION for an agent that cannot work here. */
export function mustWork(entry: AgentEntry, agents: Agents, options: EntryOptions): void {
  if (entry.kind === 'offline' && !options.allowOffline) throw noOffline()
  try {
    agents.of(entry)
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause
    throw new CouncilError('FAILED_PRECONDITION', cause.message, { cause })
  }
}

export function noOffline(): CouncilError {
  const message =
    'Offline agents are not allowed here. Set ALLOW_OFFLINE_AGENTS=true, or use agents of another kind: anthropic, openai, http.'
  return new CouncilError('FAILED_PRECONDITION', message)
}

function temperatureRule({ temperature }: EntryOptions) {
  return { fallback: temperature, min: 0, max: MAX_TEMPERATURE, whole: false }
}

function tokensRule({ max_tokens }: EntryOptions) {
  return { fallback: max_tokens, min: 1, max: MAX_TOKENS, whole: true }
}
