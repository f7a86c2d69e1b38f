/** Workflows as items and back. What is empty is left out, so that an ordinary run stays below 1 KB: one write unit. */
import * as z from 'zod'
import type { HistoryEntry, Note, PhaseRecord, State, Workflow } from '#lib/workflows/model'
import type { Item, Key } from './table.ts'

const number = z.number()
const instant = z.number().nullable().default(null)
const nullable = z.string().nullable().default(null)
const note = z
  .union([
    z.object({ text: z.string() }).transform(({ text }): Note => ({ kind: 'inline', text })),
    z.object({ digest: z.string() }).transform(({ digest }): Note => ({ kind: 'apart', digest })),
  ])
  .nullable()
  .default(null)

const state = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('phase'), phase: number, hub: z.boolean(), not_before: number }),
  z.object({
    kind: z.literal('gate'),
    phase: number,
    opened_at: number,
    deadline_at: number,
    expires_at: instant,
    remind_at: number,
    approvals: z.array(z.string()).default([]),
  }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('failed'), phase: number }),
  z.object({ kind: z.literal('cancelled') }),
])

const phase = z.object({
  attempt: number.default(0),
  failures: number.default(0),
  rework: number.default(0),
  started_at: instant,
  finished_at: instant,
  result: nullable,
  by: nullable,
  error: note,
  reason: note,
})

const events = [
  'start',
  'phase_complete',
  'phase_failed',
  'approve',
  'reject',
  'pause',
  'resume',
  'cancel',
  'retry',
  'remind',
  'expire',
] as const

const entry = z.object({
  seq: number,
  from: z.string(),
  to: z.string(),
  event: z.enum(events),
  actor: z.string(),
  at: number,
  attempt: number.default(0),
  result: nullable,
  evidence: nullable,
  reason: note,
})

const stored = z.object({
  kind: z.literal('workflow'),
  feature_id: z.string(),
  id: z.string(),
  definition: z.string(),
  state,
  phases: z.array(phase),
  paused: z.object({ at: number, by: z.string() }).nullable().default(null),
  brief: z.string(),
  request: z.string(),
  version: number,
  last: entry.omit({ seq: true, at: true }),
  created_at: number,
  updated_at: number,
  completed_at: instant,
  correlation_id: z.string(),
})

/** The run of an item. Throws when this code does not know its kind; such an item is to be left alone. */
export function decodeWorkflow(item: Readonly<Record<string, unknown>>): Workflow {
  const { kind: _, definition, last, ...it } = stored.parse(item)
  const at = definition.lastIndexOf('@')
  return {
    ...it,
    definition: { name: definition.slice(0, at), version: Number(definition.slice(at + 1)) },
    // The newest entry was made by the newest version.
    last: { seq: it.version, at: it.updated_at, ...last },
  }
}

export function encodeWorkflow(workflow: Workflow, key: Key): Item {
  const { definition, phases, last, state: standing, ...rest } = workflow
  const { seq: _, at: __, ...newest } = encodeEntry(last)
  return {
    ...key,
    kind: 'workflow',
    ...sparse(rest),
    definition: `${definition.name}@${definition.version}`,
    state: encodeState(standing),
    phases: phases.map(encodePhase),
    last: newest,
  }
}

export function decodeEntry(item: Readonly<Record<string, unknown>>): HistoryEntry {
  return entry.parse(item)
}

export function encodeEntry(it: HistoryEntry): Record<string, unknown> {
  return sparse({ ...it, reason: encodeNote(it.reason) })
}

function encodeState(it: State): Record<string, unknown> {
  return sparse(
    it.kind === 'gate' ? { ...it, approvals: it.approvals.length > 0 ? [...it.approvals] : null } : { ...it },
  )
}

/** A count of nothing is left out, too. */
function encodePhase({ attempt, failures, rework, ...it }: PhaseRecord): Record<string, unknown> {
  const counts = Object.entries({ attempt, failures, rework }).filter(([, count]) => count !== 0)
  const rest = sparse({ ...it, error: encodeNote(it.error), reason: encodeNote(it.reason) })
  return { ...Object.fromEntries(counts), ...rest }
}

function encodeNote(it: Note | null): Record<string, string> | null {
  if (it === null) return null
  return it.kind === 'inline' ? { text: it.text } : { digest: it.digest }
}

function sparse(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null))
}
