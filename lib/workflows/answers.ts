/** What the routes of workflows answer, as schemas: the shapes of views.ts, reading.ts, graph.ts and runs.ts for the API's description. */
import * as z from 'zod'
import { TOPICS } from './definition.ts'
import { EVENTS } from './model.ts'
import { CONSULTATION_STATES, HUMAN_ACTIONS } from './ports.ts'
import { WORKFLOW_TYPES } from './schemas.ts'

const time = z.string().meta({ format: 'date-time' })
const state = z
  .string()
  .regex(/^(IDLE|DONE|FAILED|CANCELLED|(PHASE|GATE)_[1-9]\d?)$/)
  .meta({ id: 'WorkflowState' })

const gate = z
  .object({
    name: z.string(),
    opened_at: time,
    deadline_at: time,
    expires_at: time.nullable(),
    overdue: z.boolean(),
    evidence_hash: z.string().meta({ description: 'What an approval has to name.' }),
    requested_by: z.string().nullable(),
    approvers: z.array(z.string()),
    quorum: z.int(),
    approvals: z.array(z.string()),
    on_expiry: z.enum(['remind', 'reject', 'approve', 'fail']),
  })
  .meta({ id: 'Gate' })

const definitionRef = z.object({ name: z.string(), version: z.int() }).meta({ id: 'DefinitionVersion' })
const progress = z.object({ done: z.int(), total: z.int(), percent: z.int() }).meta({ id: 'WorkflowProgress' })

const summary = z
  .object({
    feature_id: z.string(),
    id: z.uuid(),
    definition: definitionRef,
    state,
    gate: gate.optional(),
    waiting_for: z.enum(['start', 'phase_result', 'agent_hub', 'human', 'approval', 'resume']).nullable(),
    progress,
    paused: z.boolean(),
    version: z.int(),
    created_at: time,
    updated_at: time,
    completed_at: time.nullable(),
    phase: z.string().optional(),
  })
  .meta({ id: 'WorkflowSummary' })

const humanAnswer = z
  .object({ action: z.enum(HUMAN_ACTIONS), response: z.string().nullable(), responder: z.string(), at: time })
  .meta({ id: 'HumanAnswer' })

export const consultation = z
  .object({
    id: z.string(),
    topic: z.enum(TOPICS),
    question: z.string(),
    status: z.enum(CONSULTATION_STATES),
    answer: z.string().nullable(),
    rationale: z.string().nullable(),
    confidence: z.number().nullable(),
    uncertainty_reasons: z.array(z.string()),
    escalation_id: z.string().nullable(),
    asked_by: z.string(),
    asked_at: time,
    answered_at: time.nullable(),
    human: humanAnswer.nullable(),
  })
  .meta({ id: 'Consultation' })

const phase = z
  .object({
    name: z.string(),
    attempt: z.int(),
    state: z.enum(['pending', 'running', 'waiting_approval', 'completed', 'failed', 'cancelled']),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    by: z.string().nullable(),
    result: z.unknown(),
    error: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Phase' })

const dispatch = z
  .object({
    state: z.enum(['pending', 'running', 'waiting', 'answered']),
    tries: z.int(),
    next_try_at: time.nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Dispatch', description: 'The phase on its way to the agent hub.' })

export const workflow = z
  .object({
    ...summary.shape,
    description: z.string(),
    context: z.record(z.string(), z.json()).meta({ description: 'As it was given at the start.' }),
    phases: z.array(phase),
    dispatch: dispatch.optional(),
    allowed_events: z.array(z.enum(EVENTS)),
    consultations: z.array(consultation),
  })
  .meta({ id: 'Workflow' })

export const workflowsAnswer = z
  .object({
    workflows: z.array(summary),
    counts: z.record(z.string(), z.int()).meta({ description: 'Workflows by state.' }),
    next_cursor: z.string().optional(),
  })
  .meta({ id: 'WorkflowsPage' })

const transition = z
  .object({
    seq: z.int(),
    from: state,
    to: state,
    event: z.enum([...EVENTS, 'remind', 'expire']),
    actor: z.string(),
    at: time,
    attempt: z.int(),
    result: z.unknown().optional(),
    evidence: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Transition' })

export const historyAnswer = z
  .object({ feature_id: z.string(), history: z.array(transition), next_after: z.int().nullable() })
  .meta({ id: 'HistoryPage' })

const graphNode = z
  .object({
    id: z.string(),
    kind: z.enum(['idle', 'phase', 'gate', 'end']),
    name: z.string(),
    status: z.enum(['done', 'current', 'open']),
  })
  .meta({ id: 'GraphNode' })

const graphEdge = z.object({ from: z.string(), to: z.string(), event: z.string() }).meta({ id: 'GraphEdge' })

export const graphAnswer = z
  .object({ feature_id: z.string(), current: state, nodes: z.array(graphNode), edges: z.array(graphEdge) })
  .meta({ id: 'Graph' })

export const runAnswer = z
  .object({
    id: z.uuid(),
    workflow_type: z.string().meta({ examples: [...WORKFLOW_TYPES] }),
    status: z.enum(['in_progress', 'waiting_approval', 'completed', 'failed', 'cancelled']),
    feature_id: z.string(),
    current_phase: z.string(),
    result: z.unknown(),
    error: z.string().nullable(),
    created_at: time,
    updated_at: time,
    completed_at: time.nullable(),
  })
  .meta({ id: 'Run' })

/** Codes of the runs' own problems, with their statuses. */
export const RUN_CODES = {
  INVALID_WORKFLOW_TYPE: 422,
  INVALID_UUID: 422,
  WORKFLOW_NOT_FOUND: 404,
  INVALID_TRIGGER: 422,
  INVALID_STATE_TRANSITION: 409,
} as const
export type RunCode = keyof typeof RUN_CODES
