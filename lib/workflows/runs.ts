/** The newer contract over the same engine: runs by id, driven by their caller's triggers, with codes of their own. */
import { toTimestamp } from '#lib/clock'
import { AppError, type FieldError, HTTP_STATUS } from '#lib/errors'
import type { RunCode } from './answers.ts'
import type { Engine } from './engine.ts'
import type { Run, State } from './model.ts'
import { textOf } from './notes.ts'
import type { WorkflowStore } from './ports.ts'
import type { Reading } from './reading.ts'
import { eventOf, type Said } from './requests.ts'
import { runBody, runId, type TRIGGERS, triggerBody } from './schemas.ts'
import { featureIdOf } from './slug.ts'
import { allowedEvents, evidenceAt, phaseOf, stateName } from './standing.ts'
import type { Started, StartRequest } from './start.ts'

export interface RunPorts {
  readonly engine: Engine
  readonly begin: (request: StartRequest) => Promise<Started>
  readonly reading: Pick<Reading, 'resultsOf'>
  readonly store: WorkflowStore
  /** The next number of a feature, never given twice. */
  readonly nextNumber: () => Promise<number>
}

/** Who asks, and how it is told apart in logs and events. */
export interface Asking {
  /** The name for each trigger: an agent's word is not its operator's. */
  readonly actorFor: (event: 'start' | 'phase_complete' | 'approve' | 'reject') => string
  /** Throws `forbidden` for what this caller may not say. */
  readonly check: (event: 'phase_complete' | 'approve' | 'reject') => void
  readonly correlation_id: string
}

/** An answer with a status and perhaps a code of this contract. */
export interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

type Trigger = (typeof TRIGGERS)[number]

const EVENT_OF = { agent_complete: 'phase_complete', human_approved: 'approve', human_rejected: 'reject' } as const
/** A number may be drawn for a name that somebody gave by hand; the next one is free. */
const MAX_DRAWS = 20

export function createRuns({ engine, begin, reading, store, nextNumber }: RunPorts) {
  return {
    async start(input: unknown, asking: Asking): Promise<Reply> {
      const read = runBody.safeParse(input)
      if (!read.success) return invalidStart(input, read.error.issues.map(toFieldError), asking)
      const { workflow_type: definition, feature_description: description, context } = read.data
      for (let draw = 0; draw < MAX_DRAWS; draw++) {
        const feature_id = featureIdOf(await nextNumber(), description)
        if ((await store.find(feature_id)) !== undefined) continue
        const { correlation_id } = asking
        const actor = asking.actorFor('start')
        const { run, fresh } = await begin({ feature_id, description, context, definition, actor, correlation_id })
        if (!fresh) continue
        await store.nameRun(run.workflow.id, feature_id)
        return shown(201, run)
      }
      throw new AppError('unavailable', 'No free number was found for this feature. Repeat the request.', {
        retryAfter: 1,
      })
    },

    async get(id: string, asking: Asking): Promise<Reply> {
      const found = await find(id, asking)
      return found.kind === 'run' ? shown(200, found.run) : found.reply
    },

    async advance(id: string, input: unknown, asking: Asking): Promise<Reply> {
      const found = await find(id, asking)
      if (found.kind === 'reply') return found.reply
      const read = triggerBody.safeParse(input)
      if (!read.success) return invalidTrigger(input, read.error.issues.map(toFieldError), asking)
      return trigger(found.run, read.data, asking)
    },
  }

  async function trigger(run: Run, said: { trigger: Trigger; phase_result?: unknown }, asking: Asking): Promise<Reply> {
    const kind = EVENT_OF[said.trigger]
    asking.check(kind)
    if (!allowedEvents(run.workflow).includes(kind)) return illegalTrigger(run, said.trigger, asking)
    const event = await eventOf(store, run, saidBy(run, said, asking.actorFor(kind)))
    try {
      const { run: after } = await engine.apply(run, event, { correlation_id: asking.correlation_id })
      return shown(200, after)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error
      return problem('conflict', 'INVALID_STATE_TRANSITION', error.message, { asking, details: error.details })
    }
  }

  async function find(id: string, asking: Asking) {
    if (!runId.safeParse(id).success) {
      const errors = [{ path: 'id', message: 'must be a UUID v4' }]
      const reply = problem('invalid', 'INVALID_UUID', 'The id of a workflow is a UUID v4.', { asking, errors })
      return { kind: 'reply' as const, reply }
    }
    const featureId = await store.featureOf(id.toLowerCase())
    if (featureId !== undefined) return { kind: 'run' as const, run: await engine.load(featureId) }
    const reply = problem('not_found', 'WORKFLOW_NOT_FOUND', `There is no workflow ${id}.`, { asking })
    return { kind: 'reply' as const, reply }
  }

  async function shown(status: number, run: Run): Promise<Reply> {
    const { workflow } = run
    const phase = phaseOf(workflow)
    const record = workflow.phases[phase]
    const results = await reading.resultsOf(run)
    const newest = workflow.phases.findLast(({ result }) => result !== null)?.result
    const body = {
      id: workflow.id,
      workflow_type: workflow.definition.name,
      status: statusOf(workflow.state),
      feature_id: workflow.feature_id,
      current_phase: `phase_${phase + 1}`,
      result: newest == null ? null : (results.get(newest) ?? null),
      error: await textOf(store, workflow.feature_id, record?.error ?? null),
      created_at: toTimestamp(workflow.created_at),
      updated_at: toTimestamp(workflow.updated_at),
      completed_at: workflow.completed_at === null ? null : toTimestamp(workflow.completed_at),
    }
    const location = status === 201 ? { location: `/workflows/${workflow.id}` } : {}
    return { status, body, headers: { 'content-type': 'application/json', ...location } }
  }
}

/** A trigger in the words of the machine. Who approves here approves what stands there now. */
function saidBy(
  { workflow }: Run,
  { trigger, phase_result }: { trigger: Trigger; phase_result?: unknown },
  actor: string,
): Said {
  const event = EVENT_OF[trigger]
  switch (event) {
    case 'phase_complete':
      return { event, actor, result: phase_result }
    case 'approve':
      return { event, actor, evidence: evidenceAt(workflow, phaseOf(workflow)) }
    case 'reject': {
      const reason = typeof phase_result === 'string' && phase_result !== '' ? phase_result : 'Rejected by a human.'
      return { event, actor, reason, evidence: evidenceAt(workflow, phaseOf(workflow)) }
    }
  }
}

function statusOf(state: State): string {
  switch (state.kind) {
    case 'idle':
    case 'phase':
      return 'in_progress'
    case 'gate':
      return 'waiting_approval'
    case 'done':
      return 'completed'
    case 'failed':
    case 'cancelled':
      return state.kind
  }
}

function invalidStart(input: unknown, errors: readonly FieldError[], asking: Asking): Reply {
  const wrongType = errors.some(({ path }) => path === 'workflow_type')
  const detail = `Not valid: ${[...new Set(errors.map(({ path }) => path || 'the body'))].join(', ')}. See errors for each.`
  return problem('invalid', wrongType && isObject(input) ? 'INVALID_WORKFLOW_TYPE' : 'invalid', detail, {
    asking,
    errors,
  })
}

function invalidTrigger(input: unknown, errors: readonly FieldError[], asking: Asking): Reply {
  const wrongTrigger = errors.some(({ path }) => path === 'trigger')
  const detail = 'A trigger is agent_complete, human_approved or human_rejected. See errors.'
  return problem('invalid', wrongTrigger && isObject(input) ? 'INVALID_TRIGGER' : 'invalid', detail, { asking, errors })
}

function illegalTrigger({ workflow }: Run, trigger: Trigger, asking: Asking): Reply {
  const status = statusOf(workflow.state)
  const allowed = (Object.keys(EVENT_OF) as Trigger[]).filter((one) => allowedEvents(workflow).includes(EVENT_OF[one]))
  const detail = `${trigger} has no place while the workflow is ${status} (${stateName(workflow.state)}).`
  const details = { current_status: status, allowed_triggers: allowed }
  return problem('conflict', 'INVALID_STATE_TRANSITION', detail, { asking, details })
}

interface Told {
  readonly asking: Asking
  readonly errors?: readonly FieldError[]
  readonly details?: Readonly<Record<string, unknown>>
}

const TITLES = { invalid: 'Invalid input', not_found: 'Not found', conflict: 'Conflict' } as const

function problem(kind: keyof typeof TITLES, code: RunCode | 'invalid', detail: string, told: Told): Reply {
  const body = {
    ...told.details,
    type: `urn:coxswain:problem:${kind}`,
    title: TITLES[kind],
    status: HTTP_STATUS[kind],
    detail,
    code,
    errors: told.errors ?? [],
    correlation_id: told.asking.correlation_id,
  }
  return { status: HTTP_STATUS[kind], body, headers: { 'content-type': 'application/problem+json' } }
}

function toFieldError({
  path,
  message,
}: {
  readonly path: readonly PropertyKey[]
  readonly message: string
}): FieldError {
  return { path: path.map((part) => String(part).slice(0, 64)).join('.'), message }
}

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
