/** What the routes of projects answer, as schemas: the members callers count on; what is nested varies with the project. */
import * as z from 'zod'
import { MODES } from './record.ts'

const time = z.string().meta({ format: 'date-time' })
const some = z.looseObject({})

export const orchestration = z
  .looseObject({
    project_id: z.string(),
    analysis: some,
    decisions: some,
    actions_taken: z.array(z.string()),
    cronjob_name: z.string().nullable(),
    sprint_id: z.string().nullable(),
    decision_id: z.string().nullable(),
    warnings: z.array(z.string()),
    dry_run: z.literal(true).optional(),
    planned_actions: z.array(z.string()).optional(),
  })
  .meta({ id: 'Orchestration' })

export const projectStatus = z
  .looseObject({
    project_id: z.string(),
    last_analysis: time.nullable(),
    current_sprint: z.string().nullable(),
    sprint_status: z.string().nullable(),
    backlog_status: some,
    cronjobs: z.array(some),
    historical_trends: some,
    predictive_insights: some,
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ProjectStatus' })

export const removal = z.object({
  message: z.string(),
  cronjob_name: z.string(),
  status: z.enum(['deleted', 'terminating']),
})

export const strategiesAnswer = z.object({
  strategies: z.array(z.looseObject({ strategy_id: z.string(), confidence: z.number() })),
  total_strategies: z.int(),
  avg_confidence: z.number(),
})

export const qualityAnswer = z.object({
  project_id: z.string(),
  data_quality_report: z.looseObject({ data_available: z.boolean(), data_quality_score: z.number() }),
  recommendations: z.array(z.string()),
  /** Parts of Chronicle's answer that could not be read. */
  warnings: z.array(z.string()),
})

export const decisionsAnswer = z.object({
  project_id: z.string(),
  decisions: z.array(z.looseObject({ decision_id: z.string(), decision_type: z.string(), timestamp: time })),
  next_cursor: z.string().optional(),
})

export const replayAnswer = z
  .object({
    decision_id: z.string(),
    project_id: z.string(),
    identical: z.boolean(),
    diff: z.array(z.unknown()),
    inputs: some,
    stored: some,
    replayed: some,
  })
  .meta({ id: 'Replay' })

export const policyAnswer = z.looseObject({ project_id: z.string(), mode: z.enum(MODES) }).meta({ id: 'Policy' })

export const sweepAnswer = z
  .object({
    status: z.enum(['done', 'overlapped', 'outdated']),
    projects: z.int(),
    cronjobs: z.int(),
    healed: z.array(some),
    warned: z.array(some),
    waiting: z.array(z.string()),
    busy: z.array(z.string()),
    failed: z.array(some),
    reports: z.array(z.object({ cronjob_name: z.string(), problem: z.string() })),
    unhealed: z.array(z.object({ project_id: z.string(), problem: z.string() })),
    duplicates: z.array(z.object({ cronjob_name: z.string(), project_id: z.string(), sprint_id: z.string() })),
    missing_rights: z.array(z.object({ verb: z.string(), resource: z.string() })),
    ms: z.number(),
  })
  .meta({ id: 'SweepReport' })
