/** Chronicle: what is known of the past of a project, and the notes of decisions. */
import * as z from 'zod'
import type { History, SimilarProject, Upstream } from '#lib/projects/ports'
import { count, day, id, none } from './answers.ts'
import type { NoteDesk } from './notes.ts'
import type { Ask, Asker } from './service.ts'

const nullableNumber = z
  .number()
  .nullish()
  .transform((value) => value ?? null)

const similarProject = z.object({
  project_id: id,
  similarity_score: z.number(),
  completion_rate: count,
  avg_sprint_duration: nullableNumber,
  optimal_task_count: nullableNumber,
}) satisfies z.ZodType<SimilarProject>
const similar = z.union([
  z.array(similarProject),
  z.object({ similar_projects: z.array(similarProject) }).transform((answer) => answer.similar_projects),
])

const point = z.object({ sprint_id: id, start_date: day, end_date: day, completed_tasks: count })
const velocity = z.object({
  velocity_trend_data: z
    .array(point)
    .nullish()
    .transform((points) => points ?? []),
  average_velocity: count,
})

/** An impediment is told in words, or as a thing that has words. */
const impediment = z.union([
  z.string(),
  z.object({ impediment: z.string() }).transform((answer) => answer.impediment),
  z.object({ description: z.string() }).transform((answer) => answer.description),
])
const patterns = z.object({
  metrics: z.object({ daily_scrum_count: count }).nullish(),
  common_impediments_reported: z
    .array(z.unknown())
    .nullish()
    .transform((list) => (list ?? []).flatMap((one) => impediment.safeParse(one).data ?? [])),
})

const written = z.object({ note_id: id })
const notes = z.array(z.object({ note_id: id, audit_id: z.string().nullish() }))

/** Less alike than this, Chronicle does not call projects similar. */
const SIMILARITY_THRESHOLD = '0.7'

export function chronicleHistory(ask: Asker): Upstream['history'] {
  return async (projectId): Promise<History> => {
    const [similarOnes, trend, told, retrospectives] = await Promise.all([
      ask(similarTo(projectId)),
      ask({ ...analytics(projectId, 'velocity'), schema: velocity, otherwise: none(velocity.parse(NOTHING)) }),
      ask({ ...analytics(projectId, 'patterns'), schema: patterns, otherwise: none(patterns.parse({})) }),
      ask({
        method: 'GET',
        route: '/v1/notes/sprint_retrospective',
        query: { project_id: projectId },
        schema: z.array(z.unknown()),
        otherwise: none([]),
      }),
    ])
    return {
      similar: similarOnes.filter((other) => other.project_id !== projectId),
      velocity: {
        points: trend.velocity_trend_data.toSorted((a, b) => a.end_date.localeCompare(b.end_date)),
        average: trend.average_velocity,
      },
      daily_scrums: told.metrics?.daily_scrum_count ?? 0,
      retrospectives: retrospectives.length,
      impediments: told.common_impediments_reported,
    }
  }
}

const NOTHING = { average_velocity: 0 }

function similarTo(projectId: string): Ask<SimilarProject[]> {
  return {
    method: 'GET',
    route: '/v1/analytics/projects/similar',
    query: { reference_project_id: projectId, similarity_threshold: SIMILARITY_THRESHOLD },
    schema: similar,
    // Chronicle fails when it finds none; if it is really unwell, the other three questions tell.
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
      return list.find((note) => note.audit_id === audit_id)?.note_id
    },
  }
}
