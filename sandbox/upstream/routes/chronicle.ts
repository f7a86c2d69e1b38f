/** Chronicle's routes. A note sent twice is two notes, as with the real one. */
import { Hono } from 'hono'
import * as z from 'zod'
import { impedimentsOf, patternsOf, similarTo, velocityOf } from '../state/analytics.ts'
import { NOTE_KINDS, type NoteKind } from '../state/model.ts'
import { putNote } from '../state/store.ts'
import { type Env, readBody, refuse, type World } from '../world.ts'

const required = {
  daily_scrum_report: z.looseObject({ project_id: z.string(), sprint_id: z.string() }),
  sprint_retrospective: z.looseObject({ project_id: z.string(), sprint_id: z.string() }),
  decision_audit: z.looseObject({ audit_id: z.string(), project_id: z.string(), timestamp: z.string() }),
} satisfies Record<NoteKind, z.ZodType>

/** How alike projects are that a caller without a wish of his own gets. */
const USUAL_THRESHOLD = 0.7

export function chronicleRoutes({ store }: World): Hono<Env> {
  const app = new Hono<Env>()

  for (const kind of NOTE_KINDS) {
    app.post(`/v1/notes/${kind}`, async (c) => {
      const note = store.note(kind, await readBody(c.req, required[kind]))
      store.commit([putNote(note)])
      return c.json({ message: 'Note recorded.', note_id: note.note_id }, 201)
    })

    app.get(`/v1/notes/${kind}`, (c) => {
      const notes = store
        .notes(kind, c.req.query('project_id'))
        .map(({ note_id, created_at, content }) => ({ ...content, note_id, created_at }))
      if (notes.length === 0) throw refuse(404, 'No notes found.')
      return c.json(notes)
    })
  }

  app.get('/v1/analytics/project/:id/velocity', (c) => c.json(velocityOf(store, c.req.param('id'))))
  app.get('/v1/analytics/project/:id/patterns', (c) => c.json(patternsOf(store, c.req.param('id'))))
  app.get('/v1/analytics/project/:id/impediments', (c) =>
    c.json({ project_id: c.req.param('id'), impediments: impedimentsOf(store, c.req.param('id')) }),
  )

  app.get('/v1/analytics/projects/similar', (c) => {
    const reference = c.req.query('reference_project_id')
    if (reference === undefined) {
      throw refuse(422, [{ loc: ['query', 'reference_project_id'], msg: 'field required', type: 'missing' }])
    }
    const similar = similarTo(store, reference, Number(c.req.query('similarity_threshold') ?? USUAL_THRESHOLD))
    if (similar.length === 0) throw refuse(500, 'Failed to find similar projects.')
    return c.json(similar)
  })
  return app
}
