/** `/_stand_in`: what tests ask of the stand-in itself. None of it exists in a cluster. */
import { Hono } from 'hono'
import * as z from 'zod'
import { faultPlan } from '#sandbox/github/http/faults'
import { admissionRule } from '../api/admission.ts'
import { readBody } from '../http/body.ts'
import { badRequest, refused } from '../http/status.ts'
import type { Env, World } from '../world.ts'

const denials = z.array(z.strictObject({ verb: z.string(), resource: z.string() }))

export function controlRoutes({ admission, controller, faults, rights, tally }: World): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/stats', (c) => c.json(tally.stats()))
  app.post('/faults', async (c) => {
    faults.add(parse(faultPlan, await readBody(c)))
    return c.body(null, 204)
  })
  app.delete('/faults', (c) => {
    faults.clear()
    return c.body(null, 204)
  })
  app.post('/denials', async (c) => {
    rights.deny(parse(denials, await readBody(c)))
    return c.body(null, 204)
  })
  app.delete('/denials', (c) => {
    rights.restore()
    return c.body(null, 204)
  })
  app.post('/admission', async (c) => {
    admission.add(parse(admissionRule, await readBody(c)))
    return c.body(null, 204)
  })
  app.delete('/admission', (c) => {
    admission.clear()
    return c.body(null, 204)
  })
  app.post('/tick', (c) => {
    controller.tick()
    return c.body(null, 204)
  })
  app.all('*', () => {
    throw refused(404)
  })
  return app
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const read = schema.safeParse(body ?? {})
  if (read.success) return read.data
  throw badRequest(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}
