/** `/_stand_in`: what tests and the curious ask of the stand-in itself. None of it exists in the real services. */
import { Hono } from 'hono'
import * as z from 'zod'
import { faultOrder } from '../../http/faults.ts'
import { type Env, notFound, readBody, SERVICES, type World } from '../world.ts'

const faultFor = z.object({ service: z.enum(SERVICES) }).loose()

export function controlRoutes({ faults, seeder, store, tally }: World): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/stats', (c) => c.json(tally.stats()))

  /** Every note of a kind, doubles included. */
  app.get('/notes', (c) => c.json(store.notes('decision_audit', c.req.query('project_id'))))

  app.post('/faults', async (c) => {
    const { service, ...rest } = await readBody(c.req, faultFor)
    const order = await readBody({ text: async () => JSON.stringify(rest) }, faultOrder)
    faults[service].add(order)
    return c.body(null, 204)
  })

  app.delete('/faults', (c) => {
    for (const service of SERVICES) faults[service].clear()
    return c.body(null, 204)
  })

  app.post('/seed', (c) => c.json({ projects: seeder.demo() }))

  app.all('*', () => {
    throw notFound('Route')
  })
  return app
}
