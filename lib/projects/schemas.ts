/** The wire contract of projects: what a request may say. Everything is bounded; unknown fields are refused. */
import * as z from 'zod'
import { MODES } from './record.ts'
import { scheduleFault, zoneFault } from './schedule.ts'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 20

/** The id of a project that is looked after: by the routes as by the sweep. */
export const projectId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1–64 of the characters A–Z a–z 0–9 . _ -, beginning with a letter or digit',
  )

const cronJobName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of a CronJob')

/** Refused here is what the cluster would refuse, with its reason. */
const accepted = (fault: (value: string) => string | undefined) =>
  z.string().check((context) => {
    const message = fault(context.value)
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value })
  })

const schedule = accepted(scheduleFault)
const timeZone = accepted(zoneFault)

const whole = (min: number, max: number) =>
  z.int('must be a whole number').min(min, `must be ${min} or more`).max(max, `must be ${max} or less`)

const orchestrationOptions = z
  .strictObject({
    create_sprint_if_needed: z.boolean().default(true),
    assign_tasks: z.boolean().default(true),
    create_cronjob: z.boolean().default(true),
    schedule: schedule.optional().meta({ description: "Without one the policy's, or else the default, 0 14 * * 1-5." }),
    sprint_duration_weeks: whole(1, 4).default(2),
    max_tasks_per_sprint: whole(1, 100).default(10),
  })
  .meta({ id: 'OrchestrationOptions' })

export const orchestrateBody = z
  .strictObject({
    action: z.literal('analyze_and_orchestrate').default('analyze_and_orchestrate'),
    options: orchestrationOptions.prefault({}),
    dry_run: z.boolean().default(false),
  })
  .meta({ id: 'ProjectOrchestrateRequest' })

export const projectPath = z.object({ project_id: projectId })
export const cronJobPath = z.object({ project_id: projectId, name: cronJobName })
export const decisionPath = z.object({ decision_id: z.string().min(1).max(100) })

const limit = z
  .string()
  .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .refine((n) => n >= 1 && n <= MAX_LIMIT, `must be a whole number from 1 to ${MAX_LIMIT}`)
  .default(DEFAULT_LIMIT)
  .meta({ minimum: 1, maximum: MAX_LIMIT })

export const decisionsQuery = z.strictObject({ limit, cursor: z.string().min(1).max(1_000).optional() })

export const strategiesQuery = z.strictObject({
  team_size: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number')
    .transform(Number)
    .optional(),
  min_confidence: z
    .string()
    .regex(/^(0|1|0?\.\d{1,9}|0\.\d{1,9}|1\.0{1,9})$/, 'must be a number from 0 to 1')
    .transform(Number)
    .optional(),
  context: z.string().max(200).optional(),
})

const pointer = z
  .string()
  .max(200)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer, like "/spec/schedule"')

export const policyBody = z
  .strictObject({
    mode: z.enum(MODES),
    schedule: schedule.optional(),
    time_zone: timeZone.optional(),
    ignore_drift: z.array(pointer).max(50).optional(),
    heals_per_hour: whole(0, 60).optional(),
  })
  .meta({ id: 'PolicyRequest' })

export const pauseBody = z
  .strictObject({
    until: z.iso.datetime({ offset: true, message: 'must be a time like "2026-01-31T08:00:00Z"' }),
    reason: z.string().min(1, 'must say why').max(500),
  })
  .meta({ id: 'PauseRequest' })
