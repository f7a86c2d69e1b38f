/** What the routes of projects answer, as schemas: the shapes of answer.ts, status.ts and the like for the API's description. */
import * as z from 'zod'
import * as observed from './observed.ts'
import * as record from './record.ts'

const time = z.string().meta({ format: 'date-time' })
const texts = z.array(z.string())

const outlook = z
  .object({
    success_probability: z
      .number()
      .nullable()
      .meta({ description: "Of similar projects, else of the project's own sprints; null when neither is known." }),
    overall_risk: z.enum(['low', 'medium', 'high']),
    risk_factors: texts,
  })
  .meta({ id: 'Outlook' })

const trend = z.enum(['increasing', 'decreasing', 'stable', 'unknown']).meta({ id: 'VelocityTrend' })

const velocity = z
  .object({
    trend,
    average_velocity: z.number().nullable(),
    sprints: z.int().nullable(),
    confidence: z.number(),
  })
  .meta({ id: 'Velocity' })

const historyRead = z
  .object({
    available: z.literal(true),
    similar_projects: z.array(observed.similarProject),
    velocity,
    daily_scrums: z.int().nullable(),
    retrospectives: z.int().nullable(),
    impediments: texts,
    predictions: outlook,
  })
  .meta({ id: 'HistoricalContext' })

const historyAway = z
  .object({ available: z.literal(false), predictions: outlook })
  .meta({ id: 'NoHistoricalContext', description: 'Chronicle could not be reached.' })

const analysis = z
  .object({
    project_id: z.string(),
    project_details: observed.project,
    team_size: z.int(),
    team_availability: observed.availability,
    backlog_tasks: z.int(),
    unassigned_tasks: z.int(),
    active_sprints_count: z.int(),
    current_active_sprint: observed.sprint.nullable(),
    project_sprints_count: z.int(),
    has_active_sprint_for_project: z.boolean(),
    sprint_count: z.int(),
    historical_context: z.discriminatedUnion('available', [historyRead, historyAway]),
  })
  .meta({ id: 'ProjectAnalysis' })

const decisions = z
  .object({
    create_new_sprint: z.boolean(),
    tasks_to_assign: z.int(),
    cronjob_created: z.boolean().meta({ description: 'True only if it really was.' }),
    cronjob_deleted: z.boolean(),
    sprint_closure_triggered: z.boolean(),
    sprint_id_to_close: z.string().nullable(),
    sprint_name: z.string().nullable(),
    sprint_duration_weeks: z.int().nullable(),
    reasoning: z.string(),
    warnings: texts,
    decision_source: z.enum(record.DECISION_SOURCES),
    rule_based_decision: record.ruleDecision,
    intelligence_adjustments: z.record(z.string(), record.adjustment),
    confidence_scores: record.confidenceScores,
    decision_type: z.enum(record.DECISION_TYPES),
  })
  .meta({ id: 'ProjectDecisions' })

const orchestrated = z
  .object({
    project_id: z.string(),
    analysis,
    decisions,
    actions_taken: texts,
    cronjob_name: z.string().nullable(),
    sprint_id: z.string().nullable(),
    decision_id: z.string(),
    warnings: texts,
  })
  .meta({ id: 'Orchestration' })

const planned = z
  .object({
    project_id: z.string(),
    analysis,
    decisions,
    actions_taken: texts,
    cronjob_name: z.null(),
    sprint_id: z.null(),
    decision_id: z.null(),
    warnings: texts,
    dry_run: z.literal(true),
    planned_actions: texts,
  })
  .meta({ id: 'PlannedOrchestration', description: 'A dry run: nothing of it was done.' })

/** Told apart by `dry_run`, which only the first has. */
export const orchestration = z.xor([planned, orchestrated]).meta({ id: 'OrchestrationAnswer' })

const cronJobStatus = z
  .object({
    name: z.string(),
    sprint_id: z.string(),
    schedule: z.string(),
    status: z.enum([
      'active',
      'drifted',
      'not_firing',
      'suspended',
      'fought_over',
      'terminating',
      'other_installation',
      'stranger',
    ]),
    last_schedule_time: time.nullable(),
    next_run_time: time.nullable(),
    drift: z.array(observed.drift),
    missed_runs: z.int(),
  })
  .meta({ id: 'CronJobStatus' })

const trends = z
  .object({
    velocity_trend: trend,
    average_velocity: z.number().nullable(),
    completion_rate: z.number().nullable(),
    sprints: z.int(),
  })
  .meta({ id: 'HistoricalTrends' })

export const projectStatus = z
  .object({
    project_id: z.string(),
    last_analysis: time.nullable(),
    current_sprint: z.string().nullable(),
    sprint_status: z.string().nullable(),
    backlog_status: observed.backlog,
    cronjobs: z.array(cronJobStatus),
    historical_trends: trends,
    predictive_insights: outlook,
    warnings: texts,
  })
  .meta({ id: 'ProjectStatus' })

export const removal = z
  .object({ message: z.string(), cronjob_name: z.string(), status: z.enum(['deleted', 'terminating']) })
  .meta({ id: 'CronJobRemoval' })

const range = z.object({ min: z.int(), max: z.int() }).meta({ id: 'Range' })

const strategy = z
  .object({
    ...record.strategy.omit({ retired_at: true }).shape,
    applicability: z.object({ team_size: range, unassigned_tasks: range }).meta({ id: 'StrategyApplicability' }),
    evidence: z.int().meta({ description: 'Sprints that speak for it.' }),
    created_at: time,
    last_updated: time,
  })
  .meta({ id: 'Strategy' })

export const strategiesAnswer = z
  .object({ strategies: z.array(strategy), total_strategies: z.int(), avg_confidence: z.number() })
  .meta({ id: 'Strategies' })

const qualityReport = z
  .object({
    data_available: z.boolean(),
    historical_sprints: z.int().nullable(),
    avg_completion_rate: z.number().nullable(),
    common_team_velocity: z.number().nullable(),
    data_quality_score: z.number().meta({ minimum: 0, maximum: 1 }),
    observation_note: z.string(),
  })
  .meta({ id: 'DataQualityReport' })

export const qualityAnswer = z
  .object({
    project_id: z.string(),
    data_quality_report: qualityReport,
    recommendations: texts,
    warnings: texts.meta({ description: "Parts of Chronicle's answer that could not be read." }),
  })
  .meta({ id: 'DataQuality' })

const decisionItem = z
  .object({
    decision_id: z.string(),
    decision_type: z.enum(record.DECISION_TYPES),
    timestamp: time,
    trigger: z.enum(record.TRIGGERS),
    correlation_id: z.string(),
    sprint_id: z.string().nullable(),
    cronjob_name: z.string().nullable(),
    reasoning: z.string(),
    warnings: texts,
    actions_taken: texts,
    decision_source: z.enum(record.DECISION_SOURCES),
    decision: record.decision,
    outcome: record.outcome,
    inputs: record.inputs,
  })
  .meta({ id: 'Decision' })

export const decisionsAnswer = z
  .object({ project_id: z.string(), decisions: z.array(decisionItem), next_cursor: z.string().optional() })
  .meta({ id: 'DecisionsPage' })

const difference = z
  .object({ path: z.string().meta({ description: 'JSON pointer.' }), stored: z.unknown(), replayed: z.unknown() })
  .meta({ id: 'Difference' })

export const replayAnswer = z
  .object({
    decision_id: z.string(),
    project_id: z.string(),
    identical: z.boolean(),
    diff: z.array(difference),
    inputs: record.inputs,
    stored: record.decision,
    replayed: record.decision,
  })
  .meta({ id: 'Replay' })

const pause = z.object({ until: time, reason: z.string() }).meta({ id: 'Pause' })

export const policyAnswer = z
  .object({
    project_id: z.string(),
    mode: z.enum(record.MODES),
    schedule: z.string(),
    time_zone: z.string().nullable(),
    ignore_drift: texts.meta({ description: 'JSON pointers.' }),
    heals_per_hour: z.int(),
    paused: pause.nullable(),
  })
  .meta({ id: 'Policy' })

const swept = z
  .object({
    project_id: z.string(),
    decision_id: z.string(),
    decision_type: z.enum(record.DECISION_TYPES),
    actions_taken: texts,
    warnings: texts,
  })
  .meta({ id: 'SweptProject' })

const failed = z
  .object({ project_id: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'FailedProject', description: 'It could not be read, or healing it failed.' })

const reported = z.object({ cronjob_name: z.string(), problem: z.string() }).meta({ id: 'ReportedCronJob' })
const unhealed = z.object({ project_id: z.string(), problem: z.string() }).meta({ id: 'UnhealedProject' })
const duplicate = z
  .object({ cronjob_name: z.string(), project_id: z.string(), sprint_id: z.string() })
  .meta({ id: 'DuplicateCronJob' })
const right = z.object({ verb: z.string(), resource: z.string() }).meta({ id: 'MissingRight' })

export const sweepAnswer = z
  .object({
    status: z.enum(['done', 'overlapped', 'outdated']),
    projects: z.int(),
    cronjobs: z.int(),
    healed: z.array(swept),
    warned: z.array(swept),
    waiting: texts.meta({ description: 'Projects that back off after a failure.' }),
    busy: texts.meta({ description: 'Projects that another run holds.' }),
    failed: z.array(failed),
    reports: z.array(reported),
    unhealed: z.array(unhealed),
    duplicates: z.array(duplicate),
    missing_rights: z.array(right),
    ms: z.number(),
  })
  .meta({ id: 'SweepReport' })
