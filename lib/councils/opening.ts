/** The run that a request makes: its terms, its agents, its seed; refused before anything is paid. */
import type { Clock, Instant } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { TOP_K } from './architect.ts'
import { checkDeliberation, checkOrchestration, DEFAULT_AGENTS, MAX_AGENTS, numberIn } from './bounds.ts'
import { canonical, digestOf } from './digest.ts'
import { noOffline } from './entries.ts'
import { CouncilError } from './errors.ts'
import type { AgentEntry, Task } from './model.ts'
import { chosenOf, type Roster } from './roster.ts'
import type { Brief, Run, RunKind } from './run.ts'
import type { Asking, Constraints, DeliberateRequest, OrchestrateRequest } from './service.ts'

export interface OpeningPorts {
  readonly roster: Roster
  readonly clock: Clock
  readonly ids: Ids
  readonly options: OpeningOptions
}

export interface OpeningOptions {
  /** The longest that a run may take, ms. */
  readonly runMs: number
  readonly allowOffline: boolean
}

/** A run that is not stored yet. */
export interface Opened {
  readonly run: Run
  readonly brief: Brief
}

export interface Opening {
  deliberation(request: DeliberateRequest, asking: Asking): Promise<Opened>
  orchestration(request: OrchestrateRequest, asking: Asking): Promise<Opened>
}

/** 16 hex digits, the length that the contract asks for. */
const ID_LENGTH = 16
const ARCHITECT = 'ARCHITECT'
/** What is kept back of a caller's own deadline, so that the answer is there in time: a tenth, at most this. */
const FINISH_MS = 500
const FINISH_SHARE = 0.1

export function createOpening({ roster, clock, ids, options }: OpeningPorts): Opening {
  return {
    async deliberation(request, asking) {
      checkDeliberation(request)
      const council = await roster.mustHave(request.role)
      const agents = chosenOf(council, request.num_agents, DEFAULT_AGENTS)
      return opened(request, asking, {
        kind: 'deliberation',
        role: council.role,
        agents,
        judge: null,
        rounds: request.rounds || council.rounds,
        top_k: 0,
        task_id: '',
        context: {},
      })
    },

    async orchestration(request, asking) {
      checkOrchestration(request)
      const council = await councilFor(request.role)
      const { review, architect } = optionsOf(request)
      const { custom_params, deliberation_rounds } = request.options
      const wanted = numberIn(custom_params, 'num_agents', { fallback: 0, min: 1, max: MAX_AGENTS, whole: true })
      const agents = chosenOf(council, wanted, MAX_AGENTS)
      const { case_id, story_id, plan_id, context_options } = request
      return opened(request, asking, {
        kind: 'orchestration',
        role: council.role,
        agents,
        judge: architect ? await judgeBeside(agents) : null,
        rounds: review ? deliberation_rounds || council.rounds : 0,
        top_k: numberIn(custom_params, 'top_k', { fallback: TOP_K, min: 1, max: MAX_AGENTS, whole: true }),
        task_id: request.task_id,
        context: { case_id, story_id, plan_id, context_options },
      })
    },
  }

  function opened(request: DeliberateRequest | OrchestrateRequest, asking: Asking, terms: Terms): Opened {
    const { constraints } = request
    const { kind, role, agents, judge, top_k, context } = terms
    if (!options.allowOffline && agents.some((entry) => entry.kind === 'offline')) throw noOffline()
    const now = clock.now()
    const fresh = digestOf(ids.uuid())
    const execution_id = fresh.slice(0, ID_LENGTH)
    const run: Run = {
      execution_id,
      task_id: terms.task_id || execution_id,
      kind,
      role,
      request: digestOf(canonical(request)),
      rounds: constraints.max_iterations > 0 ? Math.min(terms.rounds, constraints.max_iterations) : terms.rounds,
      agents: agents.length,
      top_k,
      seed: fresh.slice(-ID_LENGTH),
      created_at: now,
      deadline_at: deadlineOf(constraints, asking, now),
      correlation_id: asking.correlation_id,
      lease: { fence: 0, holder: '', until: 0 },
      standing: { kind: 'open' },
    }
    return { run, brief: { task: taskOf(request, role), agents, judge, context } }
  }

  function deadlineOf({ timeout_seconds }: Constraints, { deadline }: Asking, now: Instant): Instant {
    const own = now + options.runMs
    const asked = timeout_seconds > 0 ? now + timeout_seconds * 1000 : own
    const callers =
      deadline === undefined ? own : deadline - Math.min(FINISH_MS, Math.max(0, deadline - now) * FINISH_SHARE)
    return Math.floor(Math.min(own, asked, callers))
  }

  async function councilFor(role: string) {
    const council = await roster.find(role)
    if (council === undefined && (await roster.all()).length === 0) {
      const message = 'No agents configured. Agents must be registered before orchestration can occur.'
      throw new CouncilError('UNIMPLEMENTED', message)
    }
    return roster.mustHave(role)
  }

  /** An architect that judges nothing of its own. */
  async function judgeBeside(agents: readonly AgentEntry[]): Promise<AgentEntry | null> {
    const architects = (await roster.find(ARCHITECT))?.agents ?? []
    const able = architects.filter(({ kind }) => kind !== 'offline' || options.allowOffline)
    return able.find(({ agent_id }) => !agents.some((one) => one.agent_id === agent_id)) ?? null
  }
}

interface Terms extends Pick<Run, 'rounds' | 'top_k' | 'role' | 'task_id'> {
  readonly kind: RunKind
  readonly agents: readonly AgentEntry[]
  readonly judge: AgentEntry | null
  readonly context: Readonly<Record<string, unknown>>
}

/** Proto3 cannot tell `false` from nothing said: options of which nothing is said are none. */
function optionsOf({ options }: OrchestrateRequest): { readonly review: boolean; readonly architect: boolean } {
  const { enable_peer_review, enable_architect_selection, deliberation_rounds, custom_params } = options
  const isSilent =
    !enable_peer_review &&
    !enable_architect_selection &&
    deliberation_rounds === 0 &&
    Object.keys(custom_params).length === 0
  return { review: enable_peer_review || isSilent, architect: enable_architect_selection || isSilent }
}

function taskOf({ task_description, constraints }: DeliberateRequest | OrchestrateRequest, role: string): Task {
  const { rubric, requirements, metadata } = constraints
  return { description: task_description, role, rubric, requirements, metadata }
}

/** The id of the `attempt`th run of a task, the same in every process: who asks for the same again finds it. */
export function idOfTask(taskId: string, request: string, attempt: number): string {
  return digestOf(canonical([taskId, request, attempt])).slice(0, ID_LENGTH)
}
