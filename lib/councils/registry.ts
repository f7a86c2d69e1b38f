/** Councils and their agents: created, listed, changed and deleted by their callers. */
import {
  checkAgentId,
  checkMap,
  checkName,
  checkRole,
  checkRounds,
  checkText,
  checkWhole,
  DEFAULT_AGENTS,
  invalid,
  MAX_AGENTS,
} from './bounds.ts'
import { councilEntries, type EntryOptions, mustWork, registeredEntry } from './entries.ts'
import { CouncilError } from './errors.ts'
import type { Agents } from './ports.ts'
import { councilId, DEFAULT_ROUNDS, type Roster } from './roster.ts'
import type { CouncilInfo, Councils, CreateCouncilRequest, RegisterAgentRequest } from './service.ts'
import type { Registry, StoredCouncil } from './store-ports.ts'

export interface RegistryPorts {
  readonly registry: Registry
  /** For lists; what it says may be a moment old. */
  readonly roster: Roster
  /** What a change is based on: the council as it stands in the table, also when it was deleted. */
  readonly base: Roster['base']
  readonly agents: Agents
  /** Agents at work now. */
  readonly busy: () => Promise<ReadonlySet<string>>
  readonly options: EntryOptions
}

type Changes = Pick<Councils, 'createCouncil' | 'listCouncils' | 'deleteCouncil' | 'registerAgent' | 'unregisterAgent'>

/** A council is one item: its agents' own words stay small. */
const DETAILS_MAX_BYTES = 4_000
const ENDPOINT_MAX = 2_000
const LIST_MAX = 50
const MAX_CONCURRENT = 10_000
/** Concurrent changes of one council settle in a few rounds. */
const MAX_TRIES = 8

export function createRegistry({ registry, roster, base: baseOf, agents, busy, options }: RegistryPorts): Changes {
  return {
    async createCouncil(request) {
      checkCouncil(request)
      const { role, num_agents, config } = request
      const entries = councilEntries(request, num_agents || DEFAULT_AGENTS, options)
      for (const entry of entries.slice(0, 1)) mustWork(entry, agents, options)
      await change(role, (base) => {
        if (base !== undefined && !base.deleted) throw exists(`The council ${councilId(role)} exists already.`)
        const rounds = config.deliberation_rounds || DEFAULT_ROUNDS
        return { role, agents: entries, rounds, deleted: false, version: base?.version ?? 0 }
      })
      const agent_ids = entries.map(({ agent_id }) => agent_id)
      return { council_id: councilId(role), agents_created: entries.length, agent_ids }
    },

    async listCouncils({ role_filter, include_agents }) {
      if (role_filter !== '') checkRole(role_filter, 'role_filter')
      const found = role_filter === '' ? await roster.all() : [await roster.find(role_filter)]
      const working = include_agents ? await busy() : new Set<string>()
      return found.filter((council) => council !== undefined).map((council) => infoOf(council, include_agents, working))
    },

    async deleteCouncil(role) {
      checkRole(role)
      const gone = await change(role, (base) => ({ ...existing(base, role), agents: [], deleted: true }))
      const removed = gone.before?.agents.length ?? 0
      return { success: true, message: `The council ${councilId(role)} is deleted.`, agents_removed: removed }
    },

    async registerAgent(request) {
      const { agent_id, role } = request
      // Of an agent of no council nothing else is judged: the caller has to make the council first.
      checkRole(role)
      existing(await baseOf(role), role)
      checkAgent(request)
      const entry = registeredEntry(request, options)
      mustWork(entry, agents, options)
      await change(role, (base) => {
        const council = existing(base, role)
        if (council.agents.some((one) => one.agent_id === agent_id)) {
          throw exists(`The agent ${agent_id} is in ${councilId(role)} already.`)
        }
        if (council.agents.length >= MAX_AGENTS)
          invalid('role', `has a council of ${MAX_AGENTS} agents already, the most`)
        return { ...council, agents: [...council.agents, entry] }
      })
      return { success: true, message: `The agent ${agent_id} is registered.`, council_id: councilId(role) }
    },

    async unregisterAgent(agentId, role) {
      checkRole(role)
      existing(await baseOf(role), role)
      checkAgentId(agentId)
      await change(role, (base) => {
        const council = existing(base, role)
        const rest = council.agents.filter(({ agent_id }) => agent_id !== agentId)
        if (rest.length < council.agents.length) return { ...council, agents: rest }
        throw new CouncilError('NOT_FOUND', `Agent ${agentId} not found in ${councilId(role)}.`)
      })
      return { success: true, message: `The agent ${agentId} is unregistered.` }
    },
  }

  /** Changes the council as it stands, again when somebody was quicker. */
  async function change(role: string, to: (base: StoredCouncil | undefined) => StoredCouncil) {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = await baseOf(role)
      const after = to(before)
      if (await registry.save(after)) return { before, after }
    }
    throw new CouncilError(
      'UNAVAILABLE',
      `The council ${councilId(role)} is being changed by others. Repeat the request.`,
      {
        retryAfterMs: 1_000,
      },
    )
  }
}

function existing(base: StoredCouncil | undefined, role: string): StoredCouncil {
  if (base !== undefined && !base.deleted) return base
  throw new CouncilError('NOT_FOUND', `Council ${councilId(role)} not found. Make it with CreateCouncil first.`)
}

function exists(message: string): CouncilError {
  return new CouncilError('ALREADY_EXISTS', message)
}

function infoOf(council: StoredCouncil, withAgents: boolean, busy: ReadonlySet<string>): CouncilInfo {
  const { role, agents } = council
  const infos = agents.map(({ agent_id, role: its, capabilities }) => ({
    agent_id,
    role: its,
    status: busy.has(agent_id) ? 'busy' : 'ready',
    capabilities,
  }))
  return {
    council_id: councilId(role),
    role,
    num_agents: agents.length,
    agents: withAgents ? infos : [],
    status: agents.length > 0 ? 'active' : 'empty',
    model: [...new Set(agents.map(({ model }) => model))].join(','),
  }
}

function checkCouncil({ role, num_agents, config }: CreateCouncilRequest): void {
  checkRole(role)
  checkWhole('num_agents', num_agents, MAX_AGENTS)
  checkRounds('config.deliberation_rounds', config.deliberation_rounds)
  checkName('config.model_profile', config.model_profile)
  checkMap('config.custom_params', config.custom_params, DETAILS_MAX_BYTES)
}

function checkAgent({ agent_id, capabilities, endpoint, metadata }: RegisterAgentRequest): void {
  checkAgentId(agent_id)
  checkText('endpoint', endpoint, ENDPOINT_MAX)
  checkMap('metadata', metadata, DETAILS_MAX_BYTES)
  checkName('capabilities.model_profile', capabilities.model_profile)
  checkWhole('capabilities.max_concurrent_tasks', capabilities.max_concurrent_tasks, MAX_CONCURRENT)
  for (const name of ['supported_tasks', 'languages'] as const) {
    if (capabilities[name].length > LIST_MAX) invalid(`capabilities.${name}`, `has more than ${LIST_MAX} entries`)
    checkText(`capabilities.${name}`, capabilities[name].join('\n'), DETAILS_MAX_BYTES)
  }
}
