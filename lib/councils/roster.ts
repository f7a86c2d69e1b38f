/** The councils as they are: what is stored, over the defaults of the configuration. */
import { invalid, MAX_AGENTS } from './bounds.ts'
import { CouncilError } from './errors.ts'
import type { AgentEntry } from './model.ts'
import type { Registry, StoredCouncil } from './store-ports.ts'

/** Agents that the configuration gives; councils of their roles exist until somebody changes or deletes them. */
export interface Defaults {
  readonly entries: readonly AgentEntry[]
}

export interface Roster {
  /** The council of a role, however it is spelt; undefined when there is none. */
  find(role: string): Promise<StoredCouncil | undefined>
  /** Also when it was deleted: what a change is based on. Version 0 when nothing is stored. */
  base(role: string): Promise<StoredCouncil | undefined>
  all(): Promise<readonly StoredCouncil[]>
  /** The council's agents for a deliberation. Throws UNIMPLEMENTED when there are none. */
  mustHave(role: string): Promise<StoredCouncil>
}

/** A council that does not say has one round. */
export const DEFAULT_ROUNDS = 1

export function keyOfRole(role: string): string {
  return role.toLowerCase()
}

export function councilId(role: string): string {
  return `council-${keyOfRole(role)}`
}

/** `agent-<role>-001` and so on. */
export function agentId(role: string, number: number): string {
  return `agent-${keyOfRole(role)}-${String(number).padStart(3, '0')}`
}

export function createRoster(registry: Registry, defaults: Defaults): Roster {
  const given = defaultCouncils(defaults)
  const roster: Roster = {
    async find(role) {
      const council = await roster.base(role)
      return council?.deleted === true ? undefined : council
    },
    base: async (role) => (await registry.find(role)) ?? given.get(keyOfRole(role)),
    async all() {
      const stored = await registry.all()
      const known = new Map([...given, ...stored.map((council) => [keyOfRole(council.role), council] as const)])
      return [...known.values()].filter(({ deleted }) => !deleted).toSorted((a, b) => (a.role < b.role ? -1 : 1))
    },
    async mustHave(role) {
      const council = await roster.find(role)
      if (council === undefined || council.agents.length === 0) throw noAgents(role)
      return council
    },
  }
  return roster
}

function defaultCouncils({ entries }: Defaults): ReadonlyMap<string, StoredCouncil> {
  const byRole = Map.groupBy(entries, ({ role }) => keyOfRole(role))
  return new Map(
    [...byRole].map(([key, agents]) => {
      const role = agents[0]?.role ?? key
      const some = agents.slice(0, MAX_AGENTS)
      return [key, { role, agents: some, rounds: DEFAULT_ROUNDS, deleted: false, version: 0 }]
    }),
  )
}

function noAgents(role: string): CouncilError {
  const message = `No agents configured for role: ${role}. Agents must be registered before deliberation can occur.`
  return new CouncilError('UNIMPLEMENTED', message)
}

/** The first `wanted` of a council; 0 means `fallback`, or as many as there are. */
export function chosenOf({ agents, role }: StoredCouncil, wanted: number, fallback: number): readonly AgentEntry[] {
  if (wanted > agents.length) {
    invalid(
      'num_agents',
      `is ${wanted}, but the council of ${role} has ${agents.length}; ask for fewer or register more`,
    )
  }
  return agents.slice(0, wanted === 0 ? Math.min(fallback, agents.length) : wanted)
}
