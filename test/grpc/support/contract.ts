/**
 * The published contract of `orchestrator.v1`, transcribed: every message with its fields as `number name type`, `[]` for
 * repeated ones, the one enum, and every method. Nothing here is read from the proto file of this repository.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader'

const TABLE = `
DeliberateRequest: 1 task_description string, 2 role string, 3 constraints TaskConstraints, 4 rounds int32, 5 num_agents int32
DeliberateResponse: 1 results DeliberationResult[], 2 winner_id string, 3 duration_ms int64, 4 metadata OrchestratorMetadata
OrchestrateRequest: 1 task_id string, 2 task_description string, 3 role string, 4 constraints TaskConstraints, 5 options OrchestratorOptions, 6 case_id string, 7 story_id string, 8 plan_id string, 9 context_options ContextOptions
OrchestrateResponse: 1 winner DeliberationResult, 2 candidates DeliberationResult[], 3 execution_id string, 4 duration_ms int64, 5 metadata OrchestratorMetadata
GetStatusRequest: 1 include_stats bool
GetStatusResponse: 1 status string, 2 uptime_seconds int64, 3 stats OrchestratorStats
TaskConstraints: 1 rubric string, 2 requirements string[], 3 metadata map<string,string>, 4 max_iterations int32, 5 timeout_seconds int32
OrchestratorOptions: 1 enable_peer_review bool, 2 deliberation_rounds int32, 3 enable_architect_selection bool, 4 custom_params map<string,string>
ContextOptions: 1 include_timeline bool, 2 include_decisions bool, 3 include_summaries bool, 4 max_events int32, 5 scopes string[]
DeliberationResult: 1 proposal Proposal, 2 checks CheckSuite, 3 score double, 4 rank int32
Proposal: 1 author_id string, 2 author_role string, 3 content string, 4 created_at_ms int64, 5 revisions string[]
CheckSuite: 1 policy PolicyResult, 2 lint LintResult, 3 dryrun DryRunResult, 4 additional_checks CheckResult[], 5 all_passed bool
PolicyResult: 1 passed bool, 2 violations string[], 3 message string
LintResult: 1 passed bool, 2 error_count int32, 3 warning_count int32, 4 errors string[]
DryRunResult: 1 passed bool, 2 output string, 3 exit_code int32, 4 message string
CheckResult: 1 check_type string, 2 passed bool, 3 score double, 4 message string, 5 details map<string,string>
OrchestratorMetadata: 1 orchestrator_version string, 2 timestamp_ms int64, 3 execution_id string, 4 tags map<string,string>
OrchestratorStats: 1 total_deliberations int64, 2 total_orchestrations int64, 3 avg_deliberation_time_ms double, 4 active_councils int64, 5 role_counts map<string,int64>
DeliberationUpdate: 1 status string, 2 progress_percent int32, 3 current_step string, 4 current_agent string, 5 partial_result DeliberationResult
GetDeliberationResultRequest: 1 task_id string
GetDeliberationResultResponse: 1 task_id string, 2 status DeliberationStatus, 3 results DeliberationResult[], 4 winner_id string, 5 duration_ms int64, 6 error_message string, 7 metadata OrchestratorMetadata
CreateCouncilRequest: 1 role string, 2 num_agents int32, 3 config CouncilConfig
CouncilConfig: 1 deliberation_rounds int32, 2 enable_peer_review bool, 3 model_profile string, 4 custom_params map<string,string>, 5 agent_type string
CreateCouncilResponse: 1 council_id string, 2 agents_created int32, 3 agent_ids string[]
ListCouncilsRequest: 1 role_filter string, 2 include_agents bool
ListCouncilsResponse: 1 councils CouncilInfo[]
CouncilInfo: 1 council_id string, 2 role string, 3 num_agents int32, 4 agents AgentInfo[], 5 status string, 6 model string
AgentInfo: 1 agent_id string, 2 role string, 3 status string, 4 capabilities AgentCapabilities
AgentCapabilities: 1 supported_tasks string[], 2 model_profile string, 3 max_concurrent_tasks int32, 4 languages string[]
RegisterAgentRequest: 1 agent_id string, 2 role string, 3 capabilities AgentCapabilities, 4 endpoint string, 5 metadata map<string,string>
RegisterAgentResponse: 1 success bool, 2 message string, 3 council_id string
UnregisterAgentRequest: 1 agent_id string, 2 role string
UnregisterAgentResponse: 1 success bool, 2 message string
DeleteCouncilRequest: 1 role string
DeleteCouncilResponse: 1 success bool, 2 message string, 3 agents_removed int32
GetMetricsRequest: 1 metric_type string, 2 time_range_ms int64
GetMetricsResponse: 1 performance PerformanceMetrics, 2 agents AgentMetrics, 3 councils CouncilMetrics
PerformanceMetrics: 1 avg_deliberation_ms double, 2 avg_orchestration_ms double, 3 p50_latency_ms double, 4 p95_latency_ms double, 5 p99_latency_ms double
AgentMetrics: 1 total_agents int64, 2 active_agents int64, 3 agents_per_role map<string,int64>, 4 avg_agent_response_time_ms double
CouncilMetrics: 1 total_councils int64, 2 active_councils int64, 3 health_per_council map<string,CouncilHealth>
CouncilHealth: 1 status string, 2 available_agents int32, 3 busy_agents int32, 4 success_rate double
`

export interface ContractField {
  readonly number: number
  readonly name: string
  /** A scalar, a message, the enum, or `map<key,value>`. */
  readonly type: string
  readonly repeated: boolean
}

const lines = TABLE.trim().split('\n')

export const MESSAGES: ReadonlyMap<string, readonly ContractField[]> = new Map(
  lines.map((line) => {
    const [name = '', fields = ''] = line.split(': ')
    return [name, fields.split(', ').map(fieldOf)]
  }),
)

function fieldOf(text: string): ContractField {
  const [number = '', name = '', type = ''] = text.split(' ')
  return { number: Number(number), name, type: type.replace('[]', ''), repeated: type.endsWith('[]') }
}

export const STATUSES = ['UNKNOWN', 'PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'TIMEOUT'].map(
  (name) => `DELIBERATION_STATUS_${name}`,
)

/** Method → request, response; a response that is streamed is marked. */
export const METHODS: Readonly<Record<string, readonly [string, string]>> = {
  Deliberate: ['DeliberateRequest', 'DeliberateResponse'],
  Orchestrate: ['OrchestrateRequest', 'OrchestrateResponse'],
  GetStatus: ['GetStatusRequest', 'GetStatusResponse'],
  StreamDeliberation: ['DeliberateRequest', 'stream DeliberationUpdate'],
  GetDeliberationResult: ['GetDeliberationResultRequest', 'GetDeliberationResultResponse'],
  CreateCouncil: ['CreateCouncilRequest', 'CreateCouncilResponse'],
  ListCouncils: ['ListCouncilsRequest', 'ListCouncilsResponse'],
  DeleteCouncil: ['DeleteCouncilRequest', 'DeleteCouncilResponse'],
  RegisterAgent: ['RegisterAgentRequest', 'RegisterAgentResponse'],
  UnregisterAgent: ['UnregisterAgentRequest', 'UnregisterAgentResponse'],
  GetMetrics: ['GetMetricsRequest', 'GetMetricsResponse'],
}

/** The contract as a proto file: what a client of the published layout is generated from. */
function asProto(): string {
  const messages = [...MESSAGES].map(([name, fields]) => {
    const body = fields.map((one) => `${one.repeated ? 'repeated ' : ''}${one.type} ${one.name} = ${one.number};`)
    return `message ${name} { ${body.join(' ')} }`
  })
  const statuses = STATUSES.map((name, number) => `${name} = ${number};`)
  const methods = Object.entries(METHODS).map(([name, [input, output]]) => `rpc ${name}(${input}) returns (${output});`)
  return [
    'syntax = "proto3";',
    'package orchestrator.v1;',
    `service OrchestratorService { ${methods.join(' ')} }`,
    `enum DeliberationStatus { ${statuses.join(' ')} }`,
    ...messages,
  ].join('\n')
}

/** What a client of the published layout knows of the service. */
export function contractDefinition(options: Options): PackageDefinition {
  const folder = mkdtempSync(join(tmpdir(), 'contract-'))
  try {
    const path = join(folder, 'orchestrator.proto')
    writeFileSync(path, asProto())
    return loadSync(path, options)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
