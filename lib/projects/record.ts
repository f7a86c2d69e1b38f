/** What is written down about projects, as schemas: the inputs of a decision, the decision, what came of it, and the memory. */
import * as z from 'zod'
import { availability, backlog, cronJobRef, cronJobView, history, project, sprint, sprintTasks } from './observed.ts'

const instant = z.number()
const text = z.string()
const count = z.number()

/** What is wanted of a sprint's CronJob, and who wants it so. */
export const timing = z
  .object({
    schedule: text,
    time_zone: text.nullable(),
    source: z.enum(['request', 'earlier_request', 'policy', 'default']),
  })
  .meta({ id: 'StoredTiming' })

export const MODES = ['enforce', 'warn', 'off'] as const

const storedPause = z.object({ until: instant, reason: text }).meta({ id: 'StoredPause' })

/** What an operator allows for a project, as it stands at the moment of a decision. */
export const restraint = z
  .object({
    mode: z.enum(MODES),
    paused: storedPause.nullable(),
    heals_per_hour: count,
    /** JSON pointers of what is neither compared nor written. */
    ignore_drift: z.array(text).readonly().default([]),
  })
  .meta({ id: 'StoredRestraint' })

/** The name of the active sprint's CronJob, how often it was healed within the last hour, whether that was told already. */
export const healing = z.object({ name: text, recent: count, tripped: z.boolean() }).meta({ id: 'StoredHealing' })

const recommendation = z
  .object({ tasks_per_sprint: count, sprint_duration_weeks: count })
  .meta({ id: 'StrategyRecommendation' })

const performance = z.object({ times_applied: count, success_rate: z.number() }).meta({ id: 'StrategyPerformance' })

export const strategy = z
  .object({
    strategy_id: text,
    name: text,
    description: text,
    confidence: z.number(),
    applicability: z
      .object({ team_size: z.tuple([count, count]), unassigned_tasks: z.tuple([count, count]) })
      .meta({ id: 'StoredApplicability' }),
    recommendation,
    performance,
    /** Episodes that speak for it. */
    evidence: count,
    created_at: instant,
    last_updated: instant,
    retired_at: instant.nullable(),
    version: count,
  })
  .meta({ id: 'StoredStrategy' })

// ---- the inputs of a decision ------------------------------------------------------------------------------------

export const options = z
  .object({
    create_sprint_if_needed: z.boolean(),
    assign_tasks: z.boolean(),
    create_cronjob: z.boolean(),
    sprint_duration_weeks: count,
    max_tasks_per_sprint: count,
  })
  .meta({ id: 'StoredOptions' })

const occasion = {
  project_id: text,
  at: instant,
  restraint,
  healing,
  timing,
  duplicates: z.array(cronJobRef).readonly().default([]),
}

/** Everything an orchestration is decided from. */
export const orchestration = z
  .object({
    kind: z.literal('orchestration'),
    ...occasion,
    options,
    details: project,
    team_size: count,
    availability,
    backlog,
    sprint_count: count,
    active_sprints: count,
    sprint: sprint.nullable(),
    tasks: sprintTasks.nullable(),
    cronjob: cronJobView.nullable(),
    /** Null when Chronicle could not be reached. */
    history: history.nullable(),
    /** Open tasks of each member of the team. */
    workload: z.array(count).readonly(),
    /** The foremost unassigned tasks: as many as a sprint may take at most. */
    candidates: z.array(text).readonly(),
    strategies: z.array(strategy).readonly(),
  })
  .meta({ id: 'OrchestrationInputs' })

/** Everything the sweep decides from, for one project. */
export const care = z
  .object({
    kind: z.literal('care'),
    ...occasion,
    sprint: sprint.nullable(),
    cronjob: cronJobView.nullable(),
    /** CronJobs of this project whose sprint is closed. */
    orphans: z.array(cronJobRef).readonly(),
  })
  .meta({ id: 'CareInputs' })

/** An operator asked for a CronJob to be deleted. */
export const removal = z
  .object({ kind: z.literal('removal'), project_id: text, at: instant, name: text, sprint: text })
  .meta({ id: 'RemovalInputs' })

export const inputs = z.discriminatedUnion('kind', [orchestration, care, removal]).meta({ id: 'DecisionInputs' })

// ---- the decision ------------------------------------------------------------------------------------------------

/** `sprint_id` null means the sprint that a step before creates. */
const cronJobStep = { sprint_id: text.nullable(), timing }

export const step = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('close_sprint'), sprint_id: text }).meta({ id: 'CloseSprintStep' }),
    z.object({ kind: z.literal('delete_cronjob'), name: text, sprint_id: text }).meta({ id: 'DeleteCronJobStep' }),
    z.object({ kind: z.literal('create_sprint'), name: text, weeks: count }).meta({ id: 'CreateSprintStep' }),
    z
      .object({ kind: z.literal('trim_sprint'), keep: count, candidates: z.array(text).readonly() })
      .meta({ id: 'TrimSprintStep' }),
    z
      .object({ kind: z.literal('create_cronjob'), ...cronJobStep, heal: z.boolean() })
      .meta({ id: 'CreateCronJobStep' }),
    z.object({ kind: z.literal('repair_cronjob'), ...cronJobStep, name: text }).meta({ id: 'RepairCronJobStep' }),
    z.object({ kind: z.literal('recreate_cronjob'), ...cronJobStep, name: text }).meta({ id: 'RecreateCronJobStep' }),
  ])
  .meta({ id: 'DecisionStep' })

export const adjustment = z
  .object({
    original_recommendation: z.number(),
    intelligence_recommendation: z.number(),
    applied_value: z.number(),
    confidence: z.number(),
    evidence_source: text,
    /** `similar_projects`, `velocity_trend` or `learned_strategy`; decisions of old do not have it. */
    evidence_kind: text.optional(),
    evidence_details: z.record(text, z.unknown()),
  })
  .meta({ id: 'Adjustment' })

export const DECISION_SOURCES = ['rule_based_only', 'intelligence_enhanced'] as const
export const DECISION_TYPES = [
  'CREATE_SPRINT',
  'CLOSE_SPRINT',
  'SELF_HEAL',
  'REPAIR_DRIFT',
  'MONITOR',
  'MAINTENANCE',
] as const

export const ruleDecision = z
  .object({
    create_new_sprint: z.boolean(),
    tasks_to_assign: count,
    sprint_duration_weeks: count.nullable(),
    reasoning: text,
  })
  .meta({ id: 'RuleBasedDecision' })

export const confidenceScores = z
  .object({
    overall: z.number(),
    similarity: z.number(),
    velocity: z.number(),
    success_probability: z.number(),
  })
  .meta({ id: 'ConfidenceScores' })

export const decision = z
  .object({
    type: z.enum(DECISION_TYPES),
    create_new_sprint: z.boolean(),
    tasks_to_assign: count,
    sprint_closure_triggered: z.boolean(),
    sprint_id_to_close: text.nullable(),
    sprint_name: text.nullable(),
    sprint_duration_weeks: count.nullable(),
    reasoning: text,
    warnings: z.array(text).readonly(),
    decision_source: z.enum(DECISION_SOURCES),
    rule_based_decision: ruleDecision,
    intelligence_adjustments: z.record(text, adjustment),
    intelligence_recommendations: z.array(z.record(text, z.unknown())).readonly(),
    confidence_scores: confidenceScores,
    /** Learned strategies whose advice was taken. */
    strategies: z.array(text).readonly(),
    /** The heal budget is spent and this is the decision that noticed. */
    budget_tripped: z.boolean(),
    steps: z.array(step).readonly(),
  })
  .meta({ id: 'StoredDecision' })

// ---- what came of it ---------------------------------------------------------------------------------------------

const createdSprint = z.object({ sprint_id: text, assigned: count }).meta({ id: 'CreatedSprint' })
const closedSprint = z.object({ sprint_id: text, completed: count, moved: count }).meta({ id: 'ClosedSprint' })
const foughtCronJob = z.object({ name: text, mark: text }).meta({ id: 'FoughtCronJob' })
const changedCronJob = z
  .object({ name: text, did: z.enum(['created', 'repaired', 'deleted']), sprint_id: text })
  .meta({ id: 'ChangedCronJob' })

export const outcome = z
  .object({
    actions: z.array(text).readonly(),
    /** What was to be done and was not. */
    failures: z.array(text).readonly(),
    /** What was found in doing it. */
    remarks: z.array(text).readonly().default([]),
    /** The CronJob that something else rewrites, and what it is known by. */
    fought: foughtCronJob.nullable().default(null),
    sprint_created: createdSprint.nullable(),
    sprint_closed: closedSprint.nullable(),
    cronjobs: z.array(changedCronJob).readonly(),
  })
  .meta({ id: 'DecisionOutcome' })

export const TRIGGERS = ['request', 'sweep', 'removal'] as const

/** A decision that is under way: written before its first step, so that a repeat can finish it. */
export const intent = z.object({
  seq: count,
  first_event_seq: count,
  at: instant,
  trigger: z.enum(TRIGGERS),
  correlation_id: text,
  fence: count,
  inputs,
  decision,
})

/** A decision with what it was made from and what came of it: written once, never changed. */
export const decisionRecord = z.object({
  decision_id: text,
  project_id: text,
  seq: count,
  /** The number of its first event in the project's story; the others follow without a gap. */
  first_event_seq: count,
  at: instant,
  finished_at: instant,
  trigger: z.enum(TRIGGERS),
  correlation_id: text,
  inputs,
  decision,
  outcome,
})

/** What a project's orchestration remembers between two decisions. */
export const projectState = z.object({
  /** Of the last finished decision; 0 when there is none. */
  seq: count,
  /** Events told so far. */
  events: count,
  fence: count,
  last_at: instant.nullable(),
  open: intent.nullable(),
  /** The sprint that was active last: what the next analysis asks about without waiting to be told. */
  active: z.object({ sprint_id: text, start_date: text, end_date: text }).nullable(),
  heals: z.array(z.object({ name: text, at: instant })).readonly(),
  tripped: z.object({ name: text, until: instant }).nullable(),
  backoff: z.object({ failures: count, until: instant }).nullable(),
  /** When the CronJob was last created or repaired: runs are missed only after it. */
  touched_at: instant.nullable(),
  /** The schedule that a request named for this sprint. */
  named: z.object({ sprint_id: text, schedule: text, at: instant }).nullable(),
  /** What the sweep last warned of, so that it warns once. */
  noted: text.nullable(),
  /** The CronJob that something else rewrites: it is not repaired again until it looks otherwise. */
  fought: z.object({ name: text, mark: text }).nullable(),
})

export const settings = z.object({
  mode: z.enum(MODES),
  schedule: text.nullable(),
  /** When the schedule was set: a request that named another one later has the last word for its sprint. */
  schedule_at: instant,
  time_zone: text.nullable(),
  ignore_drift: z.array(text).readonly(),
  heals_per_hour: count,
  paused: z.object({ until: instant, reason: text }).nullable(),
})

/** A sprint that a decision opened and, once it is closed, how it went. */
export const episode = z.object({
  project_id: text,
  sprint_id: text,
  decision_id: text,
  at: instant,
  team_size: count,
  unassigned_tasks: count,
  tasks: count,
  weeks: count,
  decision_source: text,
  strategies: z.array(text).readonly(),
  /** Completed share of its tasks, 0–1; null while the sprint runs. */
  outcome: z.number().nullable(),
  settled_at: instant.nullable(),
})
