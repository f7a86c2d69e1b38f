/** Chronicle: what is known of the past of a project, and the notes of decisions. */
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { PART } from '#lib/projects/history'
import type { History, SimilarProject, Upstream } from '#lib/projects/ports'
import { count, day, id, listOf, maybeNumber, none, text } from './answers.ts'
import type { NoteDesk } from './notes.ts'
import { isOutage } from './outcome.ts'
import type { Ask, Asker } from './service.ts'
import type { Answer } from './wire.ts'

const similarProject = z.object({
  project_id: id,
  similarity_score: z.number(),
  completion_rate: z.number(),
  avg_sprint_duration: maybeNumber,
  optimal_task_count: maybeNumber,
}) satisfies z.ZodType<SimilarProject>
const similar = z.union([
  listOf(similarProject),
  z.object({ similar_projects: listOf(similarProject) }).transform((answer) => answer.similar_projects),
])

const point = z.object({ sprint_id: id, start_date: day, end_date: day, completed_tasks: z.number() })
const velocity = z.object({ velocity_trend_data: listOf(point).nullish(), average_velocity: maybeNumber })

const patterns = z.object({ metrics: z.unknown(), common_impediments_reported: z.unknown() })
const metrics = z.object({ daily_scrum_count: z.int().nonnegative() })

const written = z.object({ note_id: id })
const notes = listOf(z.object({ audit_id: z.string(), note_id: text }))

/** Less alike than this, Chronicle does not call projects similar. */
const SIMILARITY_THRESHOLD = '0.7'

/** The parts are asked for apart: one that cannot be read costs itself alone. */
export function chronicleHistory(ask: Asker): Upstream['history'] {
  return async (projectId): Promise<History> => {
    const [alike, trend, seen, retrospectives] = await Promise.all([
      part(ask(similarTo(projectId))),
      part(ask({ ...analytics(projectId, 'velocity'), schema: velocity, otherwise: ofPart(NO_VELOCITY) })),
      part(ask({ ...analytics(projectId, 'patterns'), schema: patterns, otherwise: ofPart(NO_PATTERNS) })),
      part(
        ask({
          method: 'GET',
          route: '/v1/notes/sprint_retrospective',
          query: { project_id: projectId },
          schema: z.array(z.unknown()),
          otherwise: ofPart<unknown[]>([]),
        }),
      ),
    ])
    throwIfAway([trend, seen, retrospectives])
    const { daily_scrums, impediments, unread } = patternsOf(seen)
    const missing = [
      ...nameOf(PART.similar, alike),
      ...nameOf(PART.velocity, trend),
      ...unread,
      ...nameOf(PART.retrospectives, retrospectives),
    ]
    return {
      similar: partOr(alike, []).filter((other) => other.project_id !== projectId),
      velocity: velocityOf(partOr(trend, NO_VELOCITY)),
      daily_scrums,
      retrospectives: partOr(retrospectives, []).length,
      impediments,
      ...(missing.length > 0 && { unread: missing }),
    }
  }
}

const NO_VELOCITY = { velocity_trend_data: [], average_velocity: null }
const NO_PATTERNS = { metrics: { daily_scrum_count: 0 }, common_impediments_reported: {} }

type Part<T> = { readonly value: T } | { readonly error: AppError }

async function part<T>(asked: Promise<T>): Promise<Part<T>> {
  try {
    return { value: await asked }
  } catch (error) {
    if (error instanceof AppError) return { error }
    throw error
  }
}

/** A bare 500 is a fault of this one question: not an outage of Chronicle, nor worth a repeat. */
function ofPart<T>(nothing: T): (answer: Answer) => T | undefined {
  return (answer) => {
    if (answer.status !== 500) return none(nothing)(answer)
    const details = { service: 'chronicle', status: 500 }
    throw new AppError('upstream_unavailable', 'The chronicle service failed (500).', { details })
  }
}

const partOr = <T>(one: Part<T>, otherwise: T): T => ('value' in one ? one.value : otherwise)
const nameOf = (name: string, one: Part<unknown>): string[] => ('error' in one ? [name] : [])

/** All of these failing is no part that cannot be read but a Chronicle that is away; an outage says that best. */
function throwIfAway(parts: readonly Part<unknown>[]): void {
  const errors = parts.flatMap((one) => ('error' in one ? [one.error] : []))
  if (errors.length === parts.length) throw errors.find(isOutage) ?? errors[0]
}

function velocityOf({ velocity_trend_data, average_velocity }: z.output<typeof velocity>): History['velocity'] {
  const points = (velocity_trend_data ?? []).toSorted((a, b) => a.end_date.localeCompare(b.end_date))
  const sum = points.reduce((total, { completed_tasks }) => total + completed_tasks, 0)
  return { points, average: average_velocity ?? sum / Math.max(points.length, 1) }
}

function patternsOf(seen: Part<z.output<typeof patterns>>) {
  if ('error' in seen) return { daily_scrums: 0, impediments: [], unread: [PART.patterns] }
  const figures = metrics.safeParse(seen.value.metrics)
  const impediments = impedimentsOf(seen.value.common_impediments_reported)
  return {
    daily_scrums: figures.data?.daily_scrum_count ?? 0,
    impediments: impediments ?? [],
    unread: [...(figures.success ? [] : [PART.scrums]), ...(impediments === undefined ? [PART.impediments] : [])],
  }
}

/** An object from each text to how often it was reported, most often first; a list of texts is taken too. */
function impedimentsOf(reported: unknown): string[] | undefined {
  if (reported === null || reported === undefined) return []
  if (Array.isArray(reported)) return reported.filter((one) => typeof one === 'string')
  if (typeof reported !== 'object') return undefined
  return Object.entries(reported)
    .map(([words, times]) => ({ words, times: count.parse(times) }))
    .toSorted((a, b) => b.times - a.times)
    .map(({ words }) => words)
}

function similarTo(projectId: string): Ask<SimilarProject[]> {
  return {
    method: 'GET',
    route: '/v1/analytics/projects/similar',
    query: { reference_project_id: projectId, similarity_threshold: SIMILARITY_THRESHOLD },
    schema: similar,
    // Chronicle fails when it finds none; if it is really unwell, the other three questions say so.
    otherwise: ({ status }) => (status === 500 || status === 404 ? [] : undefined),
  }
}

function analytics(projectId: string, kind: 'velocity' | 'patterns') {
  return { method: 'GET', route: `/v1/analytics/project/{id}/${kind}`, params: { id: projectId } } as const
}

/** Where decision notes are written, and looked for. */
export function chronicleDesk(ask: Asker): NoteDesk {
  return {
    async write(note) {
      const route = '/v1/notes/decision_audit'
      return (await ask({ method: 'POST', route, body: note, schema: written })).note_id
    },

    async find({ audit_id, project_id }) {
      const list = await ask({
        method: 'GET',
        route: '/v1/notes/decision_audit',
        query: { ...(typeof project_id === 'string' && { project_id }), audit_id },
        schema: notes,
        // Not every Chronicle can be asked for these; then nothing is known.
        otherwise: ({ status }) => ([404, 405, 422, 501].includes(status) ? [] : undefined),
      })
      const found = list.find((note) => note.audit_id === audit_id)
      // A note that does not show its own id is there all the same.
      return found && (found.note_id || audit_id)
    },
  }
}
