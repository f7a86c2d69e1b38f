/** What councils answer over HTTP: proto3 JSON by the names of the proto file, and their refusals as errors of the API. */
import * as z from 'zod'
import { AppError, type ErrorCode } from '#lib/errors'
import { type CouncilCode, CouncilError } from './errors.ts'
import { type DeliberateResponse, type OrchestrateResponse, RUN_STATES, type StoredDeliberation } from './service.ts'

/** Proto3 JSON writes 64-bit whole numbers as text, because a double does not hold them all. */
const INT64 = new Set([
  'duration_ms',
  'created_at_ms',
  'timestamp_ms',
  'uptime_seconds',
  'total_deliberations',
  'total_orchestrations',
  'active_councils',
])
/** Maps whose values are 64-bit whole numbers. */
const INT64_MAPS = new Set(['role_counts'])
/** Proto3 JSON writes a value of an enum by its full name. */
const STATUS_PREFIX = 'DELIBERATION_STATUS_'

/** A message of the service as proto3 JSON: fields by their names in the proto file, defaults written out. */
export function protoJson(value: unknown, isInt64 = false): unknown {
  if (typeof value === 'number') return isInt64 ? String(value) : value
  if (Array.isArray(value)) return value.map((one) => protoJson(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (!INT64_MAPS.has(name)) return [name, protoJson(each, INT64.has(name))]
      return [name, Object.fromEntries(Object.entries(each).map(([key, count]) => [key, String(count)]))]
    }),
  )
}

/** A stored run as the message GetDeliberationResultResponse, with its execution id and role. */
export function storedJson(run: StoredDeliberation): unknown {
  return protoJson({ ...run, status: statusName(run.status) })
}

/** The name of a run's state in the proto file. */
export function statusName(state: StoredDeliberation['status']): string {
  return `${STATUS_PREFIX}${state}`
}

/** What Deliberate would have answered for a run that is complete. */
export function deliberated(run: StoredDeliberation): DeliberateResponse & Wholeness {
  const { results, winner_id, duration_ms, metadata, degraded, warnings } = run
  return { results, winner_id, duration_ms, degraded, warnings, metadata }
}

type Wholeness = Pick<StoredDeliberation, 'degraded' | 'warnings'>

/** What Orchestrate would have answered for a run that is complete. */
export function orchestrated(run: StoredDeliberation): OrchestrateResponse & Wholeness {
  const winner = run.results.find(({ proposal }) => proposal.author_id === run.winner_id)
  if (winner === undefined) throw new AppError('internal', `The run ${run.execution_id} is complete without a winner.`)
  const { results: candidates, execution_id, duration_ms, metadata, degraded, warnings } = run
  return { winner, candidates, execution_id, duration_ms, degraded, warnings, metadata }
}

const CODES: Readonly<Record<CouncilCode, ErrorCode>> = {
  INVALID_ARGUMENT: 'invalid',
  UNIMPLEMENTED: 'unimplemented',
  NOT_FOUND: 'not_found',
  ALREADY_EXISTS: 'conflict',
  UNAVAILABLE: 'upstream_unavailable',
  DEADLINE_EXCEEDED: 'deadline_exceeded',
  RESOURCE_EXHAUSTED: 'rate_limited',
  FAILED_PRECONDITION: 'conflict',
  CANCELLED: 'cancelled',
}

/** A refusal of the service as an error of the API; anything else as it is. */
export function toProblem(thrown: unknown): unknown {
  if (!(thrown instanceof CouncilError)) return thrown
  const { code, message, field, retryAfterMs, executionId } = thrown
  return new AppError(CODES[code], message, {
    cause: thrown,
    details: { grpc_code: code, ...(executionId !== undefined && { execution_id: executionId }) },
    ...(field !== undefined && { errors: [{ path: field, message }] }),
    ...(retryAfterMs !== undefined && { retryAfter: retryAfterMs / 1000 }),
  })
}

/** What `asked` brings, refusals as errors of the API. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw toProblem(error)
  }
}

// The same as schemas, for the API's description.

const int64 = z.string().meta({ format: 'int64', description: 'A whole number as text.' })
const status = z.enum(RUN_STATES.map((state) => statusName(state)))

const policyResult = z
  .object({ passed: z.boolean(), violations: z.array(z.string()), message: z.string() })
  .meta({ id: 'PolicyResult' })

const lintResult = z
  .object({ passed: z.boolean(), error_count: z.int(), warning_count: z.int(), errors: z.array(z.string()) })
  .meta({ id: 'LintResult' })

const dryRunResult = z
  .object({ passed: z.boolean(), output: z.string(), exit_code: z.int(), message: z.string() })
  .meta({ id: 'DryRunResult' })

const checkResult = z
  .object({
    check_type: z.string(),
    passed: z.boolean(),
    score: z.number(),
    message: z.string(),
    details: z.record(z.string(), z.string()),
  })
  .meta({ id: 'CheckResult' })

const checks = z
  .object({
    policy: policyResult,
    lint: lintResult,
    dryrun: dryRunResult,
    additional_checks: z.array(checkResult),
    all_passed: z.boolean(),
  })
  .meta({ id: 'CheckSuite' })

const proposal = z
  .object({
    author_id: z.string(),
    author_role: z.string(),
    content: z.string(),
    created_at_ms: int64,
    revisions: z.array(z.string()).meta({ description: 'Every earlier text.' }),
  })
  .meta({ id: 'Proposal' })

const result = z
  .object({
    proposal,
    checks,
    score: z.number().meta({ minimum: 0, maximum: 1 }),
    rank: z.int(),
  })
  .meta({ id: 'DeliberationResult' })

const metadata = z
  .object({
    orchestrator_version: z.string(),
    timestamp_ms: int64,
    execution_id: z.string(),
    tags: z.record(z.string(), z.string()),
  })
  .meta({ id: 'OrchestratorMetadata' })

const degraded = z.boolean().meta({ description: 'The result is not whole; the tag degraded_reasons says why.' })
const warnings = z.array(z.string()).meta({ description: 'What a reader of the result has to know.' })

export const deliberateAnswer = z
  .object({ results: z.array(result), winner_id: z.string(), duration_ms: int64, degraded, warnings, metadata })
  .meta({ id: 'DeliberateResponse' })

export const orchestrateAnswer = z
  .object({
    winner: result,
    candidates: z.array(result),
    execution_id: z.string(),
    duration_ms: int64,
    degraded,
    warnings,
    metadata,
  })
  .meta({ id: 'OrchestrateResponse' })

export const acceptedAnswer = z
  .object({ execution_id: z.string(), status })
  .meta({ id: 'DeliberationAccepted', description: 'It goes on by itself; its location tells how it stands.' })

export const storedAnswer = z
  .object({
    task_id: z.string(),
    execution_id: z.string(),
    role: z.string(),
    status,
    status_detail: z
      .enum([...RUN_STATES, 'DEGRADED'])
      .meta({ description: 'DEGRADED where the run is completed but not whole, else the status without its prefix.' }),
    degraded,
    warnings,
    results: z.array(result),
    winner_id: z.string(),
    duration_ms: int64,
    error_message: z.string(),
    metadata,
  })
  .meta({ id: 'Deliberation' })

export const deliberationsAnswer = z
  .object({ deliberations: z.array(storedAnswer), next_cursor: z.string().optional() })
  .meta({ id: 'DeliberationsPage' })

const transcriptTask = z
  .object({
    description: z.string(),
    role: z.string(),
    rubric: z.string(),
    requirements: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'TranscriptTask' })

const transcriptEntry = z
  .object({
    stage: z.enum(['propose', 'review', 'revise', 'check', 'score', 'judge']),
    round: z.int(),
    agent_id: z.string(),
    at: z.string(),
    output: z.unknown().meta({ description: 'What the stage left behind, as it is stored.' }),
  })
  .meta({ id: 'TranscriptEntry' })

export const transcriptAnswer = z
  .object({
    execution_id: z.string(),
    task: transcriptTask,
    degraded,
    warnings,
    entries: z.array(transcriptEntry),
  })
  .meta({ id: 'Transcript' })

export const recountAnswer = z
  .object({
    execution_id: z.string(),
    stored: z.array(z.string()).meta({ description: 'Agents by the stored ranking.' }),
    recounted: z.array(z.string()).meta({ description: 'Agents by the ranking made anew from the stored votes.' }),
    agrees: z.boolean(),
  })
  .meta({ id: 'Recount' })

const stats = z
  .object({
    total_deliberations: int64,
    total_orchestrations: int64,
    avg_deliberation_time_ms: z.number(),
    active_councils: int64,
    role_counts: z.record(z.string(), int64),
  })
  .meta({ id: 'OrchestratorStats' })

export const statusAnswer = z
  .object({ status: z.enum(['healthy', 'unhealthy']), uptime_seconds: int64, stats: stats.optional() })
  .meta({ id: 'OrchestratorStatus' })

const capabilities = z
  .object({
    supported_tasks: z.array(z.string()),
    model_profile: z.string(),
    max_concurrent_tasks: z.int(),
    languages: z.array(z.string()),
  })
  .meta({ id: 'AgentCapabilities' })

const agent = z
  .object({ agent_id: z.string(), role: z.string(), status: z.string(), capabilities })
  .meta({ id: 'Agent' })

const council = z
  .object({
    council_id: z.string(),
    role: z.string(),
    num_agents: z.int(),
    agents: z.array(agent).meta({ description: 'Empty unless include_agents is true.' }),
    status: z.string(),
    model: z.string(),
  })
  .meta({ id: 'Council' })

export const councilsAnswer = z.object({ councils: z.array(council) }).meta({ id: 'Councils' })

export const createdAnswer = z
  .object({ council_id: z.string(), agents_created: z.int(), agent_ids: z.array(z.string()) })
  .meta({ id: 'CouncilCreated' })

export const deletedAnswer = z
  .object({ success: z.boolean(), message: z.string(), agents_removed: z.int() })
  .meta({ id: 'CouncilDeleted' })
