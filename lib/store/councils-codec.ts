/** Runs of councils, their outputs and the registry as items and back. */
import * as z from 'zod'
import { COUNCIL_CODES } from '#lib/councils/errors'
import { AGENT_KINDS, CHECK_NAMES, FAILURE_KINDS, MARK_KINDS } from '#lib/councils/model'
import { type Brief, type Output, type Run, STAGES, type Standing } from '#lib/councils/run'
import type { OpenCard, StoredCouncil, Summary } from '#lib/councils/store-ports'
import { briefKey, councilKey, outputKey, runKey } from './councils-keys.ts'
import type { Item } from './table.ts'

type Raw = Readonly<Record<string, unknown>>

const text = z.string()
const number = z.number()
const texts = z.record(text, text)
const part = number.nullable().default(null)

const ranked = z.object({
  agent_id: text,
  score: number,
  rank: number,
  policy_passed: z.boolean(),
  checks: number,
  peer_rank: part,
  rubric: part,
})

const standing: z.ZodType<Standing> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open') }),
  z.object({
    kind: z.literal('completed'),
    at: number,
    decision: z.object({ ranking: z.array(ranked), winner_id: text, tags: texts, warnings: z.array(text).optional() }),
  }),
  z.object({
    kind: z.literal('failed'),
    at: number,
    code: z.enum(COUNCIL_CODES),
    message: text,
    retry_after_ms: number.nullable().default(null),
  }),
])

const run = z.object({
  execution_id: text,
  task_id: text,
  kind: z.literal('council_run'),
  run_kind: z.enum(['deliberation', 'orchestration']),
  role: text,
  request: text,
  rounds: number,
  agents: number,
  top_k: number,
  seed: text,
  created_at: number,
  deadline_at: number,
  correlation_id: text,
  lease: z.object({ fence: number, holder: text, until: number }),
  standing,
})

const capabilities = z.object({
  supported_tasks: z.array(text),
  model_profile: text,
  max_concurrent_tasks: number,
  languages: z.array(text),
})

const entry = z.object({
  agent_id: text,
  role: text,
  kind: z.enum(AGENT_KINDS),
  model: text,
  endpoint: text.nullable().default(null),
  temperature: number,
  max_tokens: number,
  capabilities,
  metadata: texts,
})

const task = z.object({
  description: text,
  role: text,
  rubric: text,
  requirements: z.array(text),
  metadata: texts,
})

const brief = z.object({
  task,
  agents: z.array(entry),
  judge: entry.nullable().default(null),
  context: z.record(text, z.unknown()),
})

/** A reason that a newer version gave is read as one that this version knows: the run stays readable. */
const failureKind = z.enum(FAILURE_KINDS).catch('unavailable')

const suite = z.object({
  policy: z.object({ passed: z.boolean(), violations: z.array(text), message: text }),
  lint: z.object({ passed: z.boolean(), error_count: number, warning_count: number, errors: z.array(text) }),
  dryrun: z.object({ passed: z.boolean(), output: text, exit_code: number, message: text }),
  additional_checks: z.array(
    z.object({ check_type: text, passed: z.boolean(), score: number, message: text, details: texts }),
  ),
  all_passed: z.boolean(),
  unjudged: z.array(z.enum(CHECK_NAMES)).optional(),
})

const vote = z.object({ agent_id: text, proposal: number, scores: z.record(text, number), critique: text })

const said = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text }),
  z.object({ kind: z.literal('votes'), votes: z.array(vote) }),
  z.object({ kind: z.literal('checks'), suite }),
  z.object({ kind: z.literal('choice'), chosen: text, reason: text }),
  z.object({ kind: z.literal('failed'), failure: z.object({ kind: failureKind, message: text }) }),
])

const spending = z.object({ input_tokens: number, output_tokens: number, cost_usd: number, model: text, ms: number })

/** Of marks of a newer version only those this one knows are read. */
const marks = z.array(z.unknown()).transform((all) => all.flatMap((one) => mark.safeParse(one).data ?? []))
const mark = z.object({ kind: z.enum(MARK_KINDS), message: text })

const output = z.object({
  stage: z.enum(STAGES),
  round: number,
  agent_id: text,
  at: number,
  said,
  spending: spending.nullable().default(null),
  marks: marks.optional(),
})

const council = z.object({
  role: text,
  agents: z.array(entry),
  rounds: number,
  deleted: z.boolean().default(false),
  version: number,
})

const summary = z.object({
  execution_id: text,
  run_kind: z.enum(['deliberation', 'orchestration']),
  role: text,
  at: number,
  ms: number,
  completed: z.boolean(),
  degraded: z.boolean().default(false),
  calls: number,
  calls_ms: number,
})

const card = z.object({ execution_id: text, role: text, agents: z.array(text) })

/** The attribute `kind` says what an item is; a run's own goes by another name. */
export function encodeRun({ kind, ...rest }: Run): Item {
  return { ...runKey(rest.execution_id), ...rest, kind: 'council_run', run_kind: kind }
}

/** Throws when this code does not know the item's kind; such an item is to be left alone. */
export function decodeRun(item: Raw): Run {
  const { kind: _, run_kind, ...rest } = run.parse(item)
  return { ...rest, kind: run_kind }
}

export function encodeBrief({ execution_id, seed }: Run, it: Brief): Item {
  return { ...briefKey(execution_id, seed), kind: 'council_brief', ...it }
}

export const decodeBrief = (item: Raw): Brief => brief.parse(item)

export function encodeOutput(executionId: string, it: Output): Item {
  const { spending: paid, ...rest } = it
  return { ...outputKey(executionId, it), kind: 'council_output', ...rest, ...(paid !== null && { spending: paid }) }
}

export const decodeOutput = (item: Raw): Output => output.parse(item)

export function encodeCouncil(it: StoredCouncil): Item {
  return { ...councilKey(it.role), kind: 'council', ...it }
}

export const decodeCouncil = (item: Raw): StoredCouncil => council.parse(item)

export function encodeSummary({ kind, ...rest }: Summary): Record<string, unknown> {
  return { kind: 'council_summary', run_kind: kind, ...rest }
}

export function decodeSummary(item: Raw): Summary {
  const { run_kind, ...rest } = summary.parse(item)
  return { ...rest, kind: run_kind }
}

export const decodeCard = (item: Raw): OpenCard => card.parse(item)
