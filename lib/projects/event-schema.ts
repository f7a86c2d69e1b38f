/** The events of projects as schemas, for those who listen. */
import * as z from 'zod'
import { DECISION_SOURCES, DECISION_TYPES } from './record.ts'

const head = {
  /** Made from the project and `seq`, so that the same decision always makes the same ids. */
  event_id: z.string(),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('project'), id: z.string() }),
  seq: z.int().positive(),
  project_id: z.string(),
  decision_id: z.string(),
}
const cronJob = { cronjob_name: z.string(), sprint_id: z.string() }

/** What a project's decisions tell, by `event_type`. */
export const projectEvent = z.discriminatedUnion('event_type', [
  z.object({
    event_type: z.literal('ORCHESTRATION_DECISION'),
    ...head,
    sprint_id: z.string().nullable(),
    decision_type: z.enum(DECISION_TYPES),
    reasoning: z.string(),
    warnings: z.array(z.string()).readonly(),
    actions_taken: z.array(z.string()).readonly(),
    /** What was to be done and was not; each is among the warnings, too. */
    failures: z.array(z.string()).readonly().optional(),
    cronjob_name: z.string().nullable(),
    decision_source: z.enum(DECISION_SOURCES),
  }),
  z.object({
    event_type: z.literal('SPRINT_CREATED'),
    ...head,
    sprint_id: z.string(),
    assigned: z.int().nonnegative(),
    duration_weeks: z.int().positive().nullable(),
  }),
  z.object({
    event_type: z.literal('SPRINT_CLOSED'),
    ...head,
    sprint_id: z.string(),
    completed: z.int().nonnegative(),
    moved: z.int().nonnegative(),
  }),
  z.object({ event_type: z.literal('CRONJOB_CREATED'), ...head, ...cronJob }),
  z.object({ event_type: z.literal('CRONJOB_REPAIRED'), ...head, ...cronJob }),
  z.object({ event_type: z.literal('CRONJOB_DELETED'), ...head, ...cronJob }),
  z.object({
    event_type: z.literal('CRONJOB_HEAL_BUDGET_TRIPPED'),
    ...head,
    cronjob_name: z.string().optional(),
    /** Heals within the last hour. */
    heals: z.int().nonnegative().optional(),
  }),
])

export type ProjectEvent = z.infer<typeof projectEvent>
