/** Councils on a real table, with scripted agents, a clock that stands still and alarms that ring when it is moved. */
import type { Budgets } from '#lib/councils/budget'
import { type CouncilsOptions, type CouncilsPorts, createCouncils } from '#lib/councils/councils'
import type { AgentEntry } from '#lib/councils/model'
import type { Agents, Alarm } from '#lib/councils/ports'
import type { Asking, DeliberateRequest, OrchestrateRequest } from '#lib/councils/service'
import { systemIds } from '#lib/ids'
import { createRunStore } from '#lib/store/councils'
import { createCouncilRegistry } from '#lib/store/councils-registry'
import { aClock, type TestClock } from '#test/helpers/clock'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'
import { aStage, checks, entriesOf } from './agents.ts'

/** Alarms of a clock that is moved by hand. */
function alarms(clock: TestClock) {
  const set = new Map<object, { at: number; ring: () => void }>()
  const alarm: Alarm = (ms, ring) => {
    const one = {}
    set.set(one, { at: clock.now() + ms, ring })
    return () => void set.delete(one)
  }
  /** Moves the clock and rings what is due. */
  const pass = (ms: number) => {
    clock.advance(ms)
    for (const [one, { at, ring }] of [...set]) {
      if (at > clock.now()) continue
      set.delete(one)
      ring()
    }
  }
  return { alarm, pass, waiting: () => set.size }
}

export const NO_BOUND: Budgets = { run: { tokens: null, usd: null }, day: { tokens: null, usd: null } }

const OPTIONS: CouncilsOptions = {
  version: 'test',
  kind: 'openai',
  models: { anthropic: 'claude', openai: 'gpt', http: 'service', offline: 'offline-template' },
  temperature: 0.7,
  max_tokens: 100,
  allowOffline: true,
  runMs: 600_000,
  callMs: 60_000,
  budgets: NO_BOUND,
}

export interface WorldOptions {
  readonly entries?: readonly AgentEntry[]
  readonly options?: Partial<CouncilsOptions>
  readonly on?: LocalTable
  /** Instead of the scripted ones. */
  readonly agents?: Agents
}

export type World = Awaited<ReturnType<typeof aWorld>>

export async function aWorld({ entries = entriesOf('DEV', 3), options = {}, on, agents }: WorldOptions = {}) {
  const local = on ?? (await aTable())
  const clock = aClock()
  const { alarm, pass, waiting } = alarms(clock)
  const stage = aStage()
  const warnings: string[] = []
  const unknown: string[] = []
  const ports: CouncilsPorts = {
    store: createRunStore(local.table, ({ pk }) => unknown.push(pk)),
    registry: createCouncilRegistry(local.table),
    defaults: { entries },
    agents: agents ?? stage,
    checks,
    clock,
    ids: systemIds,
    alarm,
    warn: (message) => void warnings.push(message),
    options: { ...OPTIONS, ...options },
  }
  return {
    local,
    table: local.table,
    clock,
    pass,
    waiting,
    stage,
    warnings,
    unknown,
    ports,
    councils: createCouncils(ports),
    /** Another process on the same table: what differs is said. */
    another: (over: Partial<CouncilsPorts> = {}) => createCouncils({ ...ports, ...over }),
  }
}

export const ASKING: Asking = { correlation_id: 'test' }

const CONSTRAINTS = { rubric: 'clear', requirements: ['tests'], metadata: {}, max_iterations: 0, timeout_seconds: 0 }

export function aRequest(over: Partial<DeliberateRequest> & { timeout_seconds?: number } = {}): DeliberateRequest {
  const { timeout_seconds = 0, ...rest } = over
  const constraints = { ...CONSTRAINTS, timeout_seconds }
  return { task_description: 'Write a queue.', role: 'DEV', constraints, rounds: 1, num_agents: 0, ...rest }
}

export function anOrchestration(over: Partial<OrchestrateRequest> = {}): OrchestrateRequest {
  return {
    task_id: 'task-1',
    task_description: 'Write a queue.',
    role: 'DEV',
    constraints: CONSTRAINTS,
    options: { enable_peer_review: true, deliberation_rounds: 1, enable_architect_selection: true, custom_params: {} },
    case_id: '',
    story_id: '',
    plan_id: '',
    context_options: {},
    ...over,
  }
}

/** Lets everything that is under way go on until it waits for time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
