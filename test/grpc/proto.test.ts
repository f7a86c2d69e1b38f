import { readFileSync } from 'node:fs'
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { reflected } from '#grpc/proto'

/** The contract, message by message: the names of the fields in the order of their numbers. */
const MESSAGES: Readonly<Record<string, string>> = {
  DeliberateRequest: 'task_description role constraints rounds num_agents',
  DeliberateResponse: 'results winner_id duration_ms metadata',
  OrchestrateRequest: 'task_id task_description role constraints options case_id story_id plan_id context_options',
  OrchestrateResponse: 'winner candidates execution_id duration_ms metadata',
  GetStatusRequest: 'include_stats',
  GetStatusResponse: 'status uptime_seconds stats',
  TaskConstraints: 'rubric requirements metadata max_iterations timeout_seconds',
  OrchestratorOptions: 'enable_peer_review deliberation_rounds enable_architect_selection custom_params',
  ContextOptions: 'include_timeline include_decisions include_summaries max_events scopes',
  DeliberationResult: 'proposal checks score rank',
  Proposal: 'author_id author_role content created_at_ms revisions',
  CheckSuite: 'policy lint dryrun additional_checks all_passed',
  PolicyResult: 'passed violations message',
  LintResult: 'passed error_count warning_count errors',
  DryRunResult: 'passed output exit_code message',
  CheckResult: 'check_type passed score message details',
  OrchestratorMetadata: 'orchestrator_version timestamp_ms execution_id tags',
  OrchestratorStats: 'total_deliberations total_orchestrations avg_deliberation_time_ms active_councils role_counts',
  DeliberationUpdate: 'status progress_percent current_step current_agent partial_result',
  GetDeliberationResultRequest: 'task_id',
  GetDeliberationResultResponse: 'task_id status results winner_id duration_ms error_message metadata',
  CreateCouncilRequest: 'role num_agents config',
  CouncilConfig: 'deliberation_rounds enable_peer_review model_profile custom_params agent_type',
  CreateCouncilResponse: 'council_id agents_created agent_ids',
  ListCouncilsRequest: 'role_filter include_agents',
  ListCouncilsResponse: 'councils',
  CouncilInfo: 'council_id role num_agents agents status model',
  AgentInfo: 'agent_id role status capabilities',
  RegisterAgentRequest: 'agent_id role capabilities endpoint metadata',
  AgentCapabilities: 'supported_tasks model_profile max_concurrent_tasks languages',
  RegisterAgentResponse: 'success message council_id',
  UnregisterAgentRequest: 'agent_id role',
  UnregisterAgentResponse: 'success message',
  DeleteCouncilRequest: 'role',
  DeleteCouncilResponse: 'success message agents_removed',
  GetMetricsRequest: 'metric_type time_range_ms',
  GetMetricsResponse: 'performance agents councils',
  PerformanceMetrics: 'avg_deliberation_ms avg_orchestration_ms p50_latency_ms p95_latency_ms p99_latency_ms',
  AgentMetrics: 'total_agents active_agents agents_per_role avg_agent_response_time_ms',
  CouncilMetrics: 'total_councils active_councils health_per_council',
  CouncilHealth: 'status available_agents busy_agents success_rate',
}

const field = z.object({
  name: z.string(),
  number: z.number(),
  type: z.string(),
  label: z.string(),
  typeName: z.string().optional(),
  jsonName: z.string().optional(),
})
const message = z.object({
  name: z.string(),
  field: z.array(field).default([]),
  nestedType: z
    .array(
      z.object({
        name: z.string(),
        field: z.array(field),
        options: z.object({ mapEntry: z.boolean() }),
      }),
    )
    .default([]),
})
const file = z.object({
  name: z.string(),
  package: z.string(),
  syntax: z.string(),
  messageType: z.array(message),
  enumType: z.array(
    z.object({ name: z.string(), value: z.array(z.object({ name: z.string(), number: z.number().default(0) })) }),
  ),
  service: z.array(z.object({ method: z.array(z.looseObject({ name: z.string() })) })),
})

/** The descriptor that reflection serves, read back. */
function servedFile() {
  const type = loadSync('google/protobuf/descriptor.proto', { enums: String })
  const { deserialize } = type['google.protobuf.FileDescriptorProto'] as MessageTypeDefinition<object, object>
  const { fileDescriptorProtos: [bytes] = [] } = reflected[
    'orchestrator.v1.DeliberateRequest'
  ] as MessageTypeDefinition<object, object>
  return file.parse(deserialize(bytes!))
}

describe('orchestrator.v1', () => {
  const served = servedFile()
  const messageOf = (name: string) => served.messageType.find((one) => one.name === name)

  it.each(Object.entries(MESSAGES))('%s has the fields of the contract', (name, fields) => {
    const found = messageOf(name)?.field.map((one) => [one.number, one.name])

    expect(found).toEqual(fields.split(' ').map((each, at) => [at + 1, each]))
  })

  it('has no message besides', () => {
    expect(served.messageType.map(({ name }) => name).toSorted()).toEqual(Object.keys(MESSAGES).toSorted())
  })

  it('counts milliseconds and totals in 64 bits, scores in doubles', () => {
    const typesOf = (name: string) =>
      Object.fromEntries(messageOf(name)?.field.map((one) => [one.name, one.type.replace('TYPE_', '')]) ?? [])

    expect(typesOf('DeliberateResponse')).toMatchObject({ duration_ms: 'INT64', winner_id: 'STRING' })
    expect(typesOf('DeliberateRequest')).toMatchObject({ rounds: 'INT32', num_agents: 'INT32' })
    expect(typesOf('Proposal')).toMatchObject({ created_at_ms: 'INT64' })
    expect(typesOf('DeliberationResult')).toMatchObject({ score: 'DOUBLE', rank: 'INT32' })
    expect(typesOf('OrchestratorStats')).toMatchObject({
      total_deliberations: 'INT64',
      avg_deliberation_time_ms: 'DOUBLE',
      active_councils: 'INT64',
    })
    expect(typesOf('GetMetricsRequest')).toMatchObject({ time_range_ms: 'INT64' })
  })

  it('knows the states of a deliberation by their numbers', () => {
    expect(served.enumType).toEqual([
      {
        name: 'DeliberationStatus',
        value: ['UNKNOWN', 'PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'TIMEOUT'].map((name, number) => ({
          name: `DELIBERATION_STATUS_${name}`,
          number,
        })),
      },
    ])
  })
})

describe('the descriptor that reflection serves', () => {
  it('writes maps as protoc does: an entry type named after its field, by its full name', () => {
    const constraints = servedFile().messageType.find(({ name }) => name === 'TaskConstraints')

    expect(constraints?.nestedType).toMatchObject([{ name: 'MetadataEntry', options: { mapEntry: true } }])
    expect(constraints?.field.find(({ name }) => name === 'metadata')).toMatchObject({
      typeName: '.orchestrator.v1.TaskConstraints.MetadataEntry',
      label: 'LABEL_REPEATED',
    })
  })

  it('names every type in full and every field by its JSON name', () => {
    const fields = servedFile().messageType.flatMap((one) => one.field)

    expect(fields.filter(({ typeName }) => typeName !== undefined && !typeName.startsWith('.'))).toEqual([])
    expect(fields.find(({ name }) => name === 'task_description')).toMatchObject({ jsonName: 'taskDescription' })
  })

  it('is of the file that is in the repository', () => {
    const text = readFileSync(new URL('../../proto/orchestrator.proto', import.meta.url), 'utf8')

    expect(text).toContain('package orchestrator.v1;')
    expect(servedFile()).toMatchObject({ package: 'orchestrator.v1', syntax: 'proto3' })
  })
})
