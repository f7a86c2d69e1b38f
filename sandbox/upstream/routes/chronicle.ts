/** Chronicle's routes. A note sent twice is two notes, as with the real one. */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import * as z from 'zod'
import { impedimentsOf, patternsOf, similarTo, velocityOf } from '../state/analytics.ts'
import { NOTE_KINDS, type NoteKind } from '../state/model.ts'
import { putNote, type Store } from '../state/store.ts'
import { type Env, readBody, refuse, type World } from '../world.ts'

const base = { tasks_to_assign: z.int(), sprint_duration_weeks: z.int(), reasoning: z.string() }
const adjustment = z.looseObject({
  original_recommendation: z.number(),
  intelligence_recommendation: z.number(),
  applied_value: z.number(),
  confidence: z.number(),
  evidence_source: z.string(),
})

/** What a note must hold. */
const required = {
  daily_scrum_report: z.looseObject({ project_id: z.string(), reports: z.record(z.string(), z.unknown()) }),
  sprint_retrospective: z.looseObject({ project_id: z.string(), sprint_id: z.string() }),
  decision_audit: z.looseObject({
    audit_id: z.string(),
    project_id: z.string(),
    timestamp: z.string(),
    base_decision: z.looseObject(base),
    intelligence_recommendations: z.array(z.record(z.string(), z.unknown())).default([]),
    applied_adjustments: z.record(z.string(), adjustment).default({}),
    final_decision: z.looseObject({ create_new_sprint: z.boolean(), ...base, decision_source: z.string() }),
    combined_reasoning: z.string(),
    correlation_id: z.string(),
    sprint_id: z.string().nullish(),
  }),
} satisfies Record<NoteKind, z.ZodType>

/** How alike projects are that a caller without a wish of his own gets. */
const USUAL_THRESHOLD = 0.7

export function chronicleRoutes({ store }: World): Hono<Env> {
  const app = new Hono<Env>()

  for (const kind of NOTE_KINDS) {
    app.post(`/v1/notes/${kind}`, async (c) => {
      const content = await readBody(c.req, required[kind])
      // One retrospective a sprint: the second fails in the database.
      if (kind === 'sprint_retrospective' && isHeld(store, String(content['sprint_id']))) throw broken()
      const note = store.note(kind, content)
      store.commit([putNote(note)])
      const idField = kind === 'sprint_retrospective' ? 'retrospective_id' : 'note_id'
      return c.json({ message: 'Note recorded.', [idField]: note.note_id }, 201)
    })
  }

  app.get('/v1/notes/decision_audit', (c) => c.json(notesOf(store, 'decision_audit', c.req.query('project_id'))))

  app.get('/v1/notes/sprint_retrospective', (c) => {
    const sprint = c.req.query('sprint_id')
    const all = notesOf(store, 'sprint_retrospective', c.req.query('project_id'))
    const notes = all.filter(({ sprint_id }) => sprint === undefined || sprint_id === sprint)
    if (notes.length === 0) throw refuse(404, 'No sprint retrospectives found')
    return c.json(notes)
  })

  // It takes every member of such a note for a date, and breaks.
  app.get('/v1/notes/daily_scrum_report', (c) => {
    const notes = notesOf(store, 'daily_scrum_report', c.req.query('project_id'))
    if (notes.length > 0) throw broken()
    return c.json(notes)
  })

  app.get('/v1/analytics/project/:id/velocity', (c) => c.json(velocityOf(store, c.req.param('id'))))
  app.get('/v1/analytics/project/:id/patterns', (c) => c.json(patternsOf(store, c.req.param('id'))))
  app.get('/v1/analytics/project/:id/impediments', (c) => c.json(impedimentsOf(store, c.req.param('id'))))

  app.get('/v1/analytics/projects/similar', (c) => {
    const reference = c.req.query('reference_project_id')
    if (reference === undefined) {
      throw refuse(422, [{ loc: ['query', 'reference_project_id'], msg: 'field required', type: 'missing' }])
    }
    const similar = similarTo(store, reference, Number(c.req.query('similarity_threshold') ?? USUAL_THRESHOLD))
    // Meant as a 404, which its own catch-all turns into this.
    if (similar.length === 0) throw refuse(500, 'Internal Server Error: ')
    return c.json(similar)
  })
  return app
}

/** Newest first. */
function notesOf(store: Store, kind: NoteKind, projectId: string | undefined): readonly Record<string, unknown>[] {
  return store
    .notes(kind, projectId)
    .map(({ note_id, created_at, content }) => ({ ...content, note_id, created_at }))
    .toReversed()
}

const isHeld = (store: Store, sprintId: string): boolean =>
  store.notes('sprint_retrospective').some(({ content }) => content['sprint_id'] === sprintId)

/** A failure that nobody caught: a bare 500, no JSON. */
const broken = (): HTTPException =>
  new HTTPException(500, { res: new Response('Internal Server Error', { status: 500 }) })
