/** Definitions of workflows as data: ordered phases, each perhaps with a gate behind it. */
import * as z from 'zod'
import { AppError } from '#lib/errors'

/** The experts an agent hub has. */
export const TOPICS = ['architecture', 'security', 'testing', 'frontend', 'backend', 'devops'] as const
export type Topic = (typeof TOPICS)[number]

const DAY = 86_400
/** A run's item holds a record per phase and shall stay small. */
const MOST_PHASES = 12
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1–40 of a–z 0–9 _ -, beginning with a letter or digit')
const label = z.string().trim().min(1).max(80)

const retry = z
  .strictObject({
    /** Attempts before the run fails, the first included. */
    attempts: z.int().min(1).max(20).default(3),
    /** Seconds before the second attempt; doubled for each one after. */
    backoff_seconds: z.int().min(0).max(DAY).default(30),
    max_backoff_seconds: z.int().min(0).max(DAY).default(900),
  })
  .prefault({})

const gate = z.strictObject({
  name: label,
  /** Who may decide; nobody named means every operator. */
  approvers: z.array(z.string().min(1).max(100)).max(50).default([]),
  quorum: z.int().min(1).max(20).default(1),
  deadline_seconds: z
    .int()
    .min(1)
    .max(365 * DAY)
    .default(3 * DAY),
  /** After the deadline comes a reminder, and this much later what `on_expiry` says. */
  grace_seconds: z
    .int()
    .min(1)
    .max(365 * DAY)
    .default(DAY),
  on_expiry: z.enum(['remind', 'reject', 'approve', 'fail']).default('remind'),
  /** True: whoever did the phase cannot approve it. */
  four_eyes: z.boolean().default(true),
})

const phase = z.strictObject({
  name: label,
  /** `hub`: entering the phase sends it to the agent hub; `manual`: somebody reports its end. */
  dispatch: z.enum(['hub', 'manual']).default('hub'),
  /** The expert who does it. */
  agent: z.enum(TOPICS).default('architecture'),
  /** What the expert is asked to do. */
  workflow_type: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/)
    .default('implement'),
  /** Seconds an invocation may take. */
  timeout_seconds: z.int().min(1).max(300).default(300),
  retry,
  gate: gate.optional(),
})

export const definition = z
  .strictObject({
    name,
    /** Rises with every change; a run keeps the one it started with. */
    version: z.int().min(1).max(1_000_000),
    description: z.string().max(500).default(''),
    /** Rejections of one phase before the run fails. */
    max_rework: z.int().min(0).max(100).default(5),
    phases: z.array(phase).min(1).max(MOST_PHASES),
  })
  .refine(({ phases }) => phases.every(({ gate: it }) => it === undefined || feasible(it)), {
    path: ['phases'],
    message: 'has a gate whose quorum is larger than the number of its approvers',
  })

export type Definition = z.output<typeof definition>
export type DefinitionInput = z.input<typeof definition>
export type PhaseDefinition = Definition['phases'][number]
export type GateDefinition = NonNullable<PhaseDefinition['gate']>

function feasible({ approvers, quorum }: z.output<typeof gate>): boolean {
  return approvers.length === 0 || quorum <= new Set(approvers).size
}

/** A definition from data, with its defaults. Throws `invalid` naming every problem. */
export function readDefinition(data: unknown, where: string): Definition {
  const read = definition.safeParse(data)
  if (read.success) return read.data
  const errors = read.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  const list = errors.map(({ path, message }) => `${path} ${message}`).join('; ')
  throw new AppError('invalid', `The workflow definition ${where} is wrong: ${list}.`, { errors })
}
