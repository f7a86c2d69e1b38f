/** What a decision is made from, as schemas: what the services and the cluster said. */
import * as z from 'zod'

const instant = z.number()
const text = z.string()
const count = z.number()

export const project = z
  .object({ id: text, name: text, description: text, status: text })
  .meta({ id: 'ProjectDetails' })

const conflict = z
  .object({ type: z.enum(['holiday', 'pto']), date: text, name: text, details: text })
  .meta({ id: 'AvailabilityConflict' })

export const availability = z
  .object({ status: text, conflicts: z.array(conflict).readonly() })
  .meta({ id: 'TeamAvailability' })

export const sprint = z
  .object({
    sprint_id: text,
    project_id: text,
    sprint_name: text,
    start_date: text,
    end_date: text,
    duration_weeks: count,
    status: text,
  })
  .meta({ id: 'Sprint' })

export const similarProject = z
  .object({
    project_id: text,
    similarity_score: z.number(),
    completion_rate: z.number(),
    avg_sprint_duration: z.number().nullable(),
    optimal_task_count: z.number().nullable(),
  })
  .meta({ id: 'SimilarProject' })

const velocityPoint = z
  .object({ sprint_id: text, start_date: text, end_date: text, completed_tasks: count })
  .meta({ id: 'VelocityPoint' })

export const history = z
  .object({
    similar: z.array(similarProject).readonly(),
    velocity: z
      .object({ points: z.array(velocityPoint).readonly(), average: z.number() })
      .meta({ id: 'StoredVelocity' }),
    daily_scrums: count,
    retrospectives: count,
    impediments: z.array(text).readonly(),
    /** Parts that could not be read. */
    unread: z.array(text).readonly().optional(),
  })
  .meta({ id: 'StoredHistory' })

const OWNERS = ['us', 'other_installation', 'stranger'] as const

export const drift = z.object({ pointer: text, wanted: text, found: text }).meta({ id: 'Drift' })

/** A CronJob as a decision sees it: compared with what it should be, its runs counted. */
export const cronJobView = z
  .object({
    name: text,
    sprint: text,
    schedule: text,
    suspended: z.boolean(),
    active: count,
    created_at: instant,
    last_schedule_at: instant.nullable(),
    drift: z.array(drift).readonly(),
    /** Runs that the schedule asked for and that did not happen. */
    missed_runs: count,
    owner: z.enum(OWNERS).default('us'),
    /** The other installation's id, or the field manager that made a stranger's. */
    owner_name: text.nullable().default(null),
    /** Deleted, and held by a finalizer. */
    terminating: z.boolean().default(false),
    /** It has drifted as it had after our last repair: something writes it anew each time. */
    fought: z.boolean().default(false),
  })
  .meta({ id: 'StoredCronJob' })

/** A CronJob and its sprint: one of ours besides the right one, or one whose sprint is closed. */
export const cronJobRef = z.object({ name: text, sprint: text }).meta({ id: 'StoredCronJobRef' })

export const backlog = z
  .object({ total_tasks: count, unassigned: count, in_progress: count, completed: count })
  .meta({ id: 'BacklogStatus' })

export const sprintTasks = z
  .object({ total_tasks: count, completed_tasks: count, pending_tasks: count })
  .meta({ id: 'SprintTasks' })
