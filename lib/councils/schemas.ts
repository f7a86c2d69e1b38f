/**
 * The shapes of what councils are asked, for gRPC and HTTP alike: proto3 JSON, whose fields have their default when they
 * are missing or null, and go by either of their names. What a value may be is judged by the service.
 */
import * as z from 'zod'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 20
const INT32 = 2 ** 31

const text = z
  .string()
  .nullish()
  .transform((value) => (value ?? '').toWellFormed())
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => (value ?? []).map((one) => one.toWellFormed()))
const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})
/** Proto3 JSON writes whole numbers as numbers or as text. */
const whole = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^-?\d{1,16}$/, 'must be a whole number')], 'must be a whole number')
    .nullish()
    .transform((value) => Number(value ?? 0))
    .pipe(z.int('must be a whole number').min(min).max(max))
const int32 = whole(-INT32, INT32 - 1)
const int64 = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

type Fields = Readonly<Record<string, z.ZodType>>

/** A message, by its name in the proto file. Unknown fields are refused, so that a slip is noticed. */
function message<F extends Fields>(id: string, fields: F) {
  return z.preprocess(byProtoNames, z.strictObject(fields).meta({ id }))
}

/** A message within another; when it is missing, all its fields have their defaults. */
function inner<F extends Fields>(id: string, fields: F) {
  const named = z.strictObject(fields).meta({ id })
  return z.preprocess((value, context) => byProtoNames(value ?? {}, context), named).prefault({})
}

function byProtoNames(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const named: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) {
    const name = key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (Object.hasOwn(named, name)) {
      context.issues.push({ code: 'custom', path: [key], message: `is the same as ${name}`, input: value })
    }
    named[name] = each
  }
  return named
}

const constraints = inner('TaskConstraints', {
  rubric: text,
  requirements: texts,
  metadata: map,
  max_iterations: int32,
  timeout_seconds: int32,
})

export const deliberateBody = message('DeliberateRequest', {
  task_description: text,
  role: text,
  constraints,
  rounds: int32,
  num_agents: int32,
})

export const orchestrateBody = message('OrchestrateRequest', {
  task_id: text,
  task_description: text,
  role: text,
  constraints,
  options: inner('OrchestratorOptions', {
    enable_peer_review: flag,
    deliberation_rounds: int32,
    enable_architect_selection: flag,
    custom_params: map,
  }),
  case_id: text,
  story_id: text,
  plan_id: text,
  context_options: inner('ContextOptions', {
    include_timeline: flag,
    include_decisions: flag,
    include_summaries: flag,
    max_events: int32,
    scopes: texts,
  }),
})

export const createCouncilBody = message('CreateCouncilRequest', {
  role: text,
  num_agents: int32,
  config: inner('CouncilConfig', {
    deliberation_rounds: int32,
    enable_peer_review: flag,
    model_profile: text,
    custom_params: map,
    agent_type: text,
  }),
})

export const registerAgentMessage = message('RegisterAgentRequest', {
  agent_id: text,
  role: text,
  capabilities: inner('AgentCapabilitiesRequest', {
    supported_tasks: texts,
    model_profile: text,
    max_concurrent_tasks: int32,
    languages: texts,
  }),
  endpoint: text,
  metadata: map,
})

export const unregisterAgentMessage = message('UnregisterAgentRequest', { agent_id: text, role: text })
export const deleteCouncilMessage = message('DeleteCouncilRequest', { role: text })
export const listCouncilsMessage = message('ListCouncilsRequest', { role_filter: text, include_agents: flag })
export const getResultMessage = message('GetDeliberationResultRequest', { task_id: text })
export const getStatusMessage = message('GetStatusRequest', { include_stats: flag })
export const getMetricsMessage = message('GetMetricsRequest', {
  metric_type: text
    .transform((type) => type || 'all')
    .pipe(z.enum(['performance', 'agents', 'councils', 'all'], 'must be performance, agents, councils or all')),
  time_range_ms: int64.pipe(z.int().min(0, 'must not be negative')),
})

// What HTTP says in paths and queries.

const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((word) => word === 'true')
const role = z.string().max(64, 'must have at most 64 characters')

/** Read by the handlers themselves; here for the API's description. */
export const askHeaders = z.object({
  prefer: z.string().optional().meta({ description: '`respond-async` answers 202 at once.' }),
})

export const statusQuery = z.strictObject({ include_stats: yesOrNo })
export const councilsQuery = z.strictObject({ role_filter: role.default(''), include_agents: yesOrNo })
export const deleteCouncilQuery = z.strictObject({ role })
export const executionPath = z.object({
  execution_id: z.string().min(1).max(200, 'must be an execution id or a task id'),
})
export const deliberationsQuery = z.strictObject({
  role: role.min(1, 'must name a role').optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
    .default(DEFAULT_LIMIT)
    .meta({ minimum: 1, maximum: MAX_LIMIT }),
  cursor: z.string().min(1).max(1_000).optional(),
})
