/** The wire contract of workflows: what a request may say. Everything is bounded; unknown fields are refused. */
import * as z from 'zod'
import { TOPICS } from './definition.ts'
import { EVENTS } from './model.ts'
import { HUMAN_ACTIONS } from './ports.ts'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 50
/** A context is an object of this many bytes as JSON. */
const CONTEXT_MAX_BYTES = 64 * 1024
/** A consultation's context travels with each look at the run. */
const ASIDE_MAX_BYTES = 16 * 1024
const MAX_VERSION = 1_000_000_000

/** Text without half characters, which no store takes. */
const wellFormed = z.string().transform((text) => text.toWellFormed())
const trimmed = (min: number, max: number) =>
  wellFormed
    .pipe(
      z
        .string()
        .trim()
        .min(min, `must have at least ${min} character${min === 1 ? '' : 's'}`)
        .max(max, `must have at most ${max} characters`),
    )
    .meta({ minLength: min, maxLength: max })

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
const fits = (max: number) => (value: unknown) => bytesOf(value) <= max
const context = z
  .record(z.string(), z.json())
  .refine(fits(CONTEXT_MAX_BYTES), `must be at most ${CONTEXT_MAX_BYTES} bytes as JSON`)

const featureId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'must be 1–80 of a–z 0–9 -, beginning with a letter or digit')

const actor = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@:/+-]{0,99}$/u, 'must be a name of at most 100 letters, digits or . _ @ : / + -')
  .meta({ maxLength: 100, description: 'Letters, digits, spaces and . _ @ : / + - in any script.' })

const reason = trimmed(1, 2_000)

export const featurePath = z.object({ feature_id: featureId })

export const startBody = z
  .strictObject({
    feature_id: featureId,
    description: trimmed(1, 10_000),
    definition: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be the name of a definition')
      .default('sdlc'),
    definition_version: z.int().min(1).max(1_000_000).optional(),
    context: context.default({}),
  })
  .meta({ id: 'WorkflowStartRequest' })

export const advanceBody = z
  .strictObject({
    event: z.enum(EVENTS),
    result: z.json().optional(),
    reason: reason.optional(),
    actor: actor.optional(),
    expected_version: z.int().min(0).max(MAX_VERSION).optional(),
    evidence: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the evidence_hash of the gate')
      .optional(),
  })
  .refine(({ event, evidence }) => event !== 'approve' || evidence !== undefined, {
    path: ['evidence'],
    message: 'must name the evidence_hash of the gate that is approved',
  })
  .meta({ id: 'WorkflowAdvanceRequest' })

export const reasonBody = z
  .strictObject({
    reason: reason.optional(),
    actor: actor.optional(),
    expected_version: z.int().min(0).max(MAX_VERSION).optional(),
  })
  .meta({ id: 'WorkflowReasonRequest' })

const limit = z
  .string()
  .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .refine((n) => n >= 1 && n <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .default(DEFAULT_LIMIT)
  .meta({ minimum: 1, maximum: MAX_LIMIT })

export const historyQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,9}$/, 'must be the seq of an entry')
    .transform(Number)
    .default(0)
    .meta({ minimum: 0 }),
  limit,
})

export const listQuery = z.strictObject({
  state: z
    .string()
    .regex(/^(IDLE|DONE|FAILED|CANCELLED|(PHASE|GATE)_[1-9]\d?)$/, 'must be a state, e.g. PHASE_1 or DONE')
    .optional(),
  definition: z.string().min(1).max(40).optional(),
  updated_after: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-31T08:00:00Z' })
    .transform((text) => Date.parse(text))
    .optional(),
  limit,
  cursor: z.string().min(1).max(1_000).optional(),
})

export const consultBody = z
  .strictObject({
    topic: z.enum(TOPICS),
    question: trimmed(10, 4_000),
    context: z
      .union([wellFormed, z.record(z.string(), z.json())])
      .refine(fits(ASIDE_MAX_BYTES), `must be at most ${ASIDE_MAX_BYTES} bytes`)
      .optional(),
    actor: actor.optional(),
  })
  .meta({ id: 'ConsultRequest' })

export const consultationPath = z.object({
  feature_id: featureId,
  id: z.string().regex(/^[0-9a-f]{16}$/, 'must be the id of a consultation'),
})

export const answerBody = z
  .strictObject({
    action: z.enum(HUMAN_ACTIONS),
    response: trimmed(1, 10_000).optional(),
    responder: actor,
  })
  .refine(({ action, response }) => action === 'confirm' || response !== undefined, {
    path: ['response'],
    message: 'must say what is right, or what the expert should know',
  })
  .meta({ id: 'ConsultationAnswerRequest' })

/** The newer contract: bodies whose problems have codes of their own. */
export const WORKFLOW_TYPES = ['specify', 'plan', 'tasks', 'implement'] as const
export const TRIGGERS = ['agent_complete', 'human_approved', 'human_rejected'] as const

export const runBody = z
  .strictObject({
    workflow_type: z.enum(WORKFLOW_TYPES),
    feature_description: trimmed(10, 10_000),
    context: context.nullish().transform((it) => it ?? {}),
  })
  .meta({ id: 'RunStartRequest' })

export const triggerBody = z
  .strictObject({ trigger: z.enum(TRIGGERS), phase_result: z.json().optional() })
  .meta({ id: 'RunAdvanceRequest' })

export const runId = z.uuidv4('must be a UUID v4')

/** Anything that is JSON: what is wrong with it is told by the handler. */
export const anyBody = z.unknown()
export const anyRunPath = z.object({ id: z.string().max(200) })
