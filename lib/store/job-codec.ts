/** Jobs as items and back. What is empty is left out, so that an ordinary job stays well below 1 KB: one write unit. */
import * as z from 'zod'
import type { Body, Counts, Finish, IssueNews, Job, JobState, Previous, Review, Usage, Waits } from '#lib/queue/model'
import type { Item, Key } from './table.ts'

const number = z.number()
const nullable = z.string().nullable().default(null)

const used = z.object({ input_tokens: number, output_tokens: number, cost_usd: number, seconds: number })
const lease = z.object({
  worker: z.string(),
  token: number,
  leased_at: number,
  expires_at: number,
  renewed_at: number,
  used: used.optional(),
})
const finish = z.object({
  outcome: z.enum(['completed', 'failed', 'withdrawn']),
  at: number,
  pr_url: nullable,
  error: nullable,
  reason: z.literal('budget').optional(),
})
const reports = ['completed', 'failed', 'rate_limited', 'infrastructure', 'released', 'expired', 'budget'] as const
const ended = z.object({ token: number, worker: z.string(), report: z.enum(reports) })

const names = z.array(z.string())
const waits = z
  .object({ on: names, missing: names.optional(), cycle: names.optional() })
  .transform(({ on, missing, cycle }): Waits => ({ on, ...(missing && { missing }), ...(cycle && { cycle }) }))
const previous = z.object({
  error: nullable,
  pr_url: nullable,
  feedback: z.string().optional(),
  feedback_revision: z.string().optional(),
  feedback_bytes: number.optional(),
})

/** What an issue says: of a job itself, and of one that is leased once more as it reads since. */
const reading = z.object({
  title: z.string(),
  labels: z.array(z.string()).default([]),
  priority: z.enum(['critical', 'high', 'medium', 'low']),
  author: z.string(),
  association: z.string(),
  created_at: number,
  updated_at: number,
  waits: waits.optional(),
  files: z.array(z.string()).optional(),
  came_from: z.string().optional(),
  body: z.string().optional(),
  body_revision: z.string().optional(),
  body_bytes: number.optional(),
})

const stored = reading.extend({
  repository: z.string(),
  number,
  generation: number,
  news: reading.optional(),
  state: z.enum(['pending', 'leased', 'finished']),
  not_before: number.optional(),
  lease: lease.optional(),
  finish: finish.optional(),
  token: number.default(0),
  failures: number.default(0),
  workers_lost: number.default(0),
  postponed: number.default(0),
  previous: previous.nullable().default(null),
  ended: ended.nullable().default(null),
  review_verdict: z.enum(['approved', 'changes_requested', 'merged', 'closed']).nullable().default(null),
  review_at: number.default(0),
  review_id: number.default(0),
  review_rounds: number.default(0),
  used_input: number.default(0),
  used_output: number.default(0),
  used_usd: number.default(0),
  used_seconds: number.default(0),
  used_usd_before: number.default(0),
  queued_at: number,
  changed_at: number,
  version: number,
  seq: number,
  correlation_id: z.string(),
})

type Stored = z.infer<typeof stored>

/** The job of an item. Throws when the item is of a kind this code does not know; such an item is to be left alone. */
export function decodeJob(item: Readonly<Record<string, unknown>>): Job {
  const it = stored.parse(item)
  const { failures, workers_lost, postponed } = it
  return {
    key: { repository: it.repository, number: it.number },
    generation: it.generation,
    ...decodeReading(it),
    ...(it.news && { news: decodeReading(it.news) }),
    state: stateOf(it),
    token: it.token,
    counts: { failures, workers_lost, postponed },
    previous: it.previous && decodePrevious(it.previous),
    ended: it.ended,
    review: { verdict: it.review_verdict, at: it.review_at, id: it.review_id, rounds: it.review_rounds },
    usage: {
      input_tokens: it.used_input,
      output_tokens: it.used_output,
      cost_usd: it.used_usd,
      seconds: it.used_seconds,
    },
    usd_before: it.used_usd_before,
    queued_at: it.queued_at,
    changed_at: it.changed_at,
    version: it.version,
    seq: it.seq,
    correlation_id: it.correlation_id,
  }
}

/** The item of a job under `key`: its record's or its ticket's. */
export function encodeJob(job: Job, key: Key): Item {
  return { ...key, ...(wellFormed(attributesOf(job)) as Record<string, unknown>) }
}

function attributesOf(job: Job): Record<string, unknown> {
  const { state } = job
  return {
    kind: 'job',
    repository: job.key.repository,
    number: job.key.number,
    generation: job.generation,
    ...encodeReading(job),
    ...(job.news && { news: encodeReading(job.news) }),
    state: state.kind,
    ...(state.kind === 'pending' && { not_before: state.not_before }),
    ...(state.kind === 'leased' && { lease: { ...state.lease } }),
    ...(state.kind === 'finished' && { finish: encodeFinish(state.finish) }),
    token: job.token,
    ...encodeCounts(job.counts),
    ...(job.previous && { previous: encodePrevious(job.previous) }),
    ...(job.ended && { ended: { ...job.ended } }),
    ...encodeReview(job.review),
    ...encodeUsage(job.usage),
    ...withoutZeros({ used_usd_before: job.usd_before }),
    queued_at: job.queued_at,
    changed_at: job.changed_at,
    version: job.version,
    seq: job.seq,
    correlation_id: job.correlation_id,
  }
}

export function encodeFinish(value: Finish): Record<string, unknown> {
  return wellFormed(withoutNulls(value)) as Record<string, unknown>
}

/** Usage by the names of its attributes, zeros left out. */
export function encodeUsage(usage: Usage): Record<string, number> {
  return withoutZeros({
    used_input: usage.input_tokens,
    used_output: usage.output_tokens,
    used_usd: usage.cost_usd,
    used_seconds: usage.seconds,
  })
}

/** Attributes of their own, so that a completion, which reads nothing first, can drop the verdict. */
function encodeReview({ verdict, at, id, rounds }: Review): Record<string, unknown> {
  return {
    ...(verdict !== null && { review_verdict: verdict }),
    ...withoutZeros({ review_at: at, review_id: id, review_rounds: rounds }),
  }
}

function encodePrevious({ feedback, ...rest }: Previous): Record<string, unknown> {
  if (feedback === null) return withoutNulls(rest)
  if (feedback.kind === 'inline') return withoutNulls({ ...rest, feedback: feedback.text })
  return withoutNulls({ ...rest, feedback_revision: feedback.revision, feedback_bytes: feedback.bytes })
}

function decodePrevious(it: z.infer<typeof previous>): Previous {
  const { error, pr_url, feedback, feedback_revision: revision, feedback_bytes: bytes = 0 } = it
  if (revision !== undefined) return { error, pr_url, feedback: { kind: 'apart', revision, bytes } }
  return { error, pr_url, feedback: feedback === undefined ? null : { kind: 'inline', text: feedback } }
}

function encodeCounts(counts: Counts): Record<string, number> {
  return withoutZeros({ ...counts })
}

function encodeBody(body: Body): Record<string, unknown> {
  if (body.kind === 'inline') return body.text === '' ? {} : { body: body.text }
  return { body_revision: body.revision, body_bytes: body.bytes }
}

function encodeReading({ facts, body }: IssueNews): Record<string, unknown> {
  return { ...facts, labels: [...facts.labels], ...encodeBody(body) }
}

function decodeReading(it: z.infer<typeof reading>): IssueNews {
  const { title, labels, priority, author, association, created_at, updated_at } = it
  const said = { title, labels, priority, author, association, created_at, updated_at }
  const { waits, files, came_from } = it
  return {
    facts: { ...said, ...(waits && { waits }), ...(files && { files }), ...(came_from && { came_from }) },
    body: bodyOf(it),
  }
}

function bodyOf(it: z.infer<typeof reading>): Body {
  if (it.body_revision === undefined) return { kind: 'inline', text: it.body ?? '' }
  return { kind: 'apart', revision: it.body_revision, bytes: it.body_bytes ?? 0 }
}

function stateOf(it: Stored): JobState {
  if (it.state === 'leased' && it.lease) return { kind: 'leased', lease: it.lease }
  if (it.state === 'finished' && it.finish) return { kind: 'finished', finish: it.finish }
  if (it.state === 'pending') return { kind: 'pending', not_before: it.not_before ?? 0 }
  throw new Error(
    `The stored job ${it.repository}#${it.number} says it is ${it.state} but does not hold what that needs.`,
  )
}

/** DynamoDB takes no text with half a surrogate pair, and GitHub's may hold one: it becomes U+FFFD. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wellFormed(each)]))
}

function withoutNulls(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null))
}

function withoutZeros(value: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== 0))
}
